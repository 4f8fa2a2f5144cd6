import type { Command } from 'commander';
import { answer, answerJson } from '../ui/output.ts';

export function register(program: Command): void {
  program
    .command('export')
    .summary('a trained stage as a Hugging Face model folder')
    .description(
      'Write the model that a stage trained as a folder that transformers loads: config.json, model.safetensors, tokenizer.json.\n' +
        'Where a run has several variants or seeds, --variant says whose; without it, the base variant’s first seed.',
    )
    .argument('<run:stage>', 'run and stage, e.g. quick-20261124-1:tune')
    .requiredOption('-o, --output <dir>', 'the folder to write; it must not exist')
    .option('--variant <variant>', 'a variant of the ablation, with #seed where there are several, e.g. last_layer#2')
    .option('--home <dir>', 'where the state lives (default: .llava beside the experiment)')
    .option('--json', 'what was written, as JSON')
    .addHelpText('after', '\nExample:\n  $ llava export quick-20261124-1:tune -o model')
    .action(async (source: string, options: { output: string; variant?: string; home?: string; json?: true }) => {
      const [{ stageArtifact }, { exportModel }] = await Promise.all([
        import('../../runs/artifact.ts'),
        import('../../export/huggingface.ts'),
      ]);
      const exported = await exportModel(stageArtifact(source, options), options.output);
      if (options.json) answerJson({ folder: options.output, ...exported });
      else {
        answer(
          `${options.output}: ${exported.architecture}, ${exported.parameters.toLocaleString('en')} parameters (${exported.files.join(', ')})`,
        );
      }
    });
}
