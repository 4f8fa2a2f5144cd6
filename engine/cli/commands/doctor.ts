import type { Command } from 'commander';
import { columns } from '../ui/format.ts';
import { answer, answerJson, colors } from '../ui/output.ts';
import { Exit, ExitCode } from '../ui/exit.ts';
import type { Diagnosis } from '../../setup/doctor.ts';

export function register(program: Command): void {
  program
    .command('doctor')
    .summary('say what this machine has and lacks')
    .description(
      'What the engine found on this machine, its version and where it came from, and how fast it multiplies matrices.\n' +
        'Exit code 4 when something that is needed is missing.',
    )
    .option('--fix', 'first bring what is missing (as `npm start` and `npm test` do)')
    .option('--json', 'facts for programs')
    .addHelpText('after', '\nExample:\n  llava doctor --json')
    .action(async (options: { json?: boolean; fix?: boolean }) => {
      if (options.fix) await (await import('../../setup/environment.ts')).ensureEnvironment();
      const { diagnose } = await import('../../setup/doctor.ts');
      const diagnosis = await diagnose();
      if (options.json) answerJson(diagnosis);
      else answer(show(diagnosis));
      if (!diagnosis.ok) throw new Exit(ExitCode.environment);
    });
}

function show({ findings, matmul, ok }: Diagnosis): string {
  const { green, red, dim } = colors(process.stdout);
  const rows = findings.map(({ name, value, detail, needed }) => {
    const mark = value !== null ? '✓' : needed ? '✗' : '–';
    return [mark, name, value ?? (needed ? 'missing' : 'none'), detail];
  });
  for (const { threads, size, repeats, gflops } of matmul) {
    const amount = `${threads} thread${threads === 1 ? '' : 's'}`;
    rows.push(['✓', 'matmul', `${gflops} GFLOP/s`, `${size}×${size}, 32-bit, ${amount}, median of ${repeats}`]);
  }
  const lines = columns(rows)
    .split('\n')
    .map((line) => (line.startsWith('✓') ? green('✓') + line.slice(1) : line.startsWith('✗') ? red(line) : dim(line)));
  const remedies = findings.flatMap(({ name, value, needed, remedy }) =>
    value === null && needed && remedy ? [`${name}: ${remedy}`] : [],
  );
  return [...lines, '', ...(ok ? ['Everything that is needed is here.'] : remedies)].join('\n');
}
