import type { RunProgress, StageStatus } from '../../../workflows/types.ts';

/** `tune` where there is one such stage; `tune (answer_first)` where variants have their own, seeds added where they differ. */
export function stageLabels(progress: RunProgress): Map<string, string> {
  const counts = new Map<string, number>();
  for (const { name } of progress.stages) counts.set(name, (counts.get(name) ?? 0) + 1);
  const labels = new Map<string, string>();
  for (const stage of progress.stages) {
    if (counts.get(stage.name) === 1) {
      labels.set(stage.id, stage.name);
      continue;
    }
    const users = progress.variants.filter(({ stages }) => stages[stage.name] === stage.id).map(({ id }) => id);
    const seeds = new Set(progress.variants.map(({ id }) => id.split('#')[1]));
    const shown = users.map((id) => (seeds.size > 1 ? id : (id.split('#')[0] ?? id)));
    const [first = '', ...rest] = shown;
    labels.set(stage.id, `${stage.name} (${rest.length > 1 ? `${first} + ${rest.length}` : shown.join(', ')})`);
  }
  return labels;
}

export const isOpen = ({ state }: StageStatus): boolean =>
  state === 'waiting' || state === 'queued' || state === 'running';

/** `accuracy 0.92, loss 1.3`: the first few, for one line. */
export function metricsLine(metrics: Readonly<Record<string, number>> | undefined, most = 3): string {
  const entries = Object.entries(metrics ?? {});
  const shown = entries.slice(0, most).map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`);
  return entries.length > most ? `${shown.join(', ')}, …` : shown.join(', ');
}
