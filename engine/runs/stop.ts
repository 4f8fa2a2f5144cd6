import { WorkflowNotFoundError } from '@temporalio/client';
import { names } from '../../workflows/types.ts';
import { DataError } from '../stages/types.ts';
import type { Home } from '../store/home.ts';
import { Cluster } from './cluster.ts';
import type { ClusterOptions } from './cluster.ts';
import { loadRecord, saveRecord, shownState } from './record.ts';
import type { ShownState } from './record.ts';
import { cancelRun } from './temporal-run.ts';

const PATIENCE_MS = 120_000;

/**
 * Stops a run and answers its state then. One that a process looks after is cancelled, which lets its stages write checkpoints; one
 * that was interrupted has nobody who could, so its workflow is ended, and its checkpoints are what they are. `DataError` when it has
 * ended already.
 */
export async function stopRun(home: Home, id: string, options: ClusterOptions): Promise<ShownState> {
  const record = loadRecord(home, id)!;
  const state = shownState(record);
  if (state === 'done' || state === 'failed' || state === 'cancelled')
    throw new DataError(`run ${id} is ${state} already`);
  const cluster = await Cluster.open(home, options);
  try {
    if (state === 'interrupted') {
      try {
        await cluster.client.workflow
          .getHandle(names.run(home.id, id))
          .terminate('cancelled while nobody looked after it');
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      }
      saveRecord(home, { ...record, state: 'cancelled', ended: new Date().toISOString(), supervisor: null });
      return 'cancelled';
    }
    await cancelRun(cluster.client, home.id, id);
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      const now = shownState(loadRecord(home, id) ?? record);
      if (now === 'done' || now === 'failed' || now === 'cancelled' || Date.now() > end) return now;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  } finally {
    await cluster.close();
  }
}
