import type { Command } from 'commander';
import { answer, answerJson, warn } from '../ui/output.ts';

export function register(program: Command): void {
  const evaluate = program
    .command('eval')
    .summary('score predictions from files')
    .description('Score predictions that lie in files, without a model.');

  evaluate
    .command('science-qa')
    .summary("ScienceQA's nine columns")
    .description(
      'Accuracy on ScienceQA in percent: by subject (NAT, SOC, LAN), context (TXT, IMG, NO) and grade (G1-6, G7-12), and the average.\n' +
        'Predictions: {"results": {pid: index}}, {"outputs": {pid: text}}, or {pid: index or text}. A text counts when it says\n' +
        '"The answer is B.", is a letter, or is one option; any other answer, and none, counts as wrong.',
    )
    .requiredOption('--problems <file>', 'problems.json')
    .requiredOption('--splits <file>', 'pid_splits.json')
    .requiredOption('--predictions <file>', 'JSON file of predictions')
    .option('--split <name>', 'which questions', 'test')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExample:\n  $ llava eval science-qa --problems problems.json --splits pid_splits.json --predictions answers.json --json',
    )
    .action(async (options: { problems: string; splits: string; predictions: string; split: string; json?: true }) => {
      const { evalScienceQa } = await import('../../benchmarks/eval-science-qa.ts');
      const { row, warnings } = await evalScienceQa(options);
      for (const text of warnings) warn(text);
      if (options.json) answerJson(row);
      else answer(await table([Object.keys(row), Object.values(row).map(show)]));
    });

  evaluate
    .command('llava-bench')
    .summary("relative scores of a judge's reviews")
    .description(
      'LLaVA-Bench: 100 · Σ model / Σ reference, by category and over all; mean and standard deviation when several files are given.',
    )
    .requiredOption(
      '--reviews <file...>',
      'JSONL rows with category (conv, detail, complex) and tuple [reference, model]',
    )
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ llava eval llava-bench --reviews run1.jsonl run2.jsonl run3.jsonl --json')
    .action(async (options: { reviews: string[]; json?: true }) => {
      const { combineScores, scoreReviews } = await import('../../benchmarks/llava-bench.ts');
      const result = combineScores(await Promise.all(options.reviews.map(scoreReviews)));
      if (options.json) answerJson(result);
      else {
        const { sd, ...means } = result;
        const rows = [
          ['', ...Object.keys(means)],
          [sd === undefined ? 'score' : 'mean', ...Object.values(means).map((n) => show(n as number | null))],
        ];
        if (sd !== undefined) rows.push(['sd', ...Object.values(sd).map(show)]);
        answer(await table(rows));
      }
    });
}

function show(value: number | null): string {
  if (value === null) return '–';
  return Number.isInteger(value) ? String(value) : value.toFixed(2);
}

async function table(rows: string[][]): Promise<string> {
  const { columns } = await import('../ui/format.ts');
  return columns(
    rows,
    rows[0]!.map((_, i) => i),
  );
}
