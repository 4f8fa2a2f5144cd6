import type { RunProgress, StageStatus } from '../../workflows/types.ts';
import type { Home } from '../store/home.ts';
import { progressFields } from '../worker/reporter.ts';
import { readLive } from '../worker/status.ts';

/** The same progress with what running stages have written to disk since they last reported. */
export function freshened(home: Home, progress: RunProgress): RunProgress {
  return { ...progress, stages: progress.stages.map((stage) => fresh(home, stage)) };
}

function fresh(home: Home, stage: StageStatus): StageStatus {
  if (stage.key === null || (stage.state !== 'queued' && stage.state !== 'running')) return stage;
  const live = readLive(home, stage.key);
  if (!live || live.attempt < stage.attempts) return stage;
  return {
    ...stage,
    state: 'running',
    attempts: live.attempt,
    ...(live.progress ? progressFields(live.progress) : {}),
  };
}
