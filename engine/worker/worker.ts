import { DefaultLogger, NativeConnection, Runtime, Worker, makeTelemetryFilterString } from '@temporalio/worker';
import { names } from '../../workflows/types.ts';
import type { Target } from '../server/target.ts';
import { connectClient } from '../server/connect.ts';
import type { Home } from '../store/home.ts';
import { workflowBundle } from './bundle.ts';
import { controlActivities } from './control.ts';
import { computeActivities } from './run-stage.ts';

export interface WorkerOptions {
  home: Home;
  target: Target;
  /** Stages that run at the same time. */
  parallel: number;
  /** Aborted: running stages write a checkpoint and the worker ends. */
  signal: AbortSignal;
  onReady?: () => void;
}

/** How long after `signal` running stages may take for their checkpoints. */
const GRACE = '10s';

let installed = false;

/** Works on all runs of a home until `signal` is aborted: workflows and light activities in one queue, compute processes in another. */
export async function runWorker({ home, target, parallel, signal, onReady }: WorkerOptions): Promise<void> {
  if (!installed) {
    Runtime.install({
      // Ctrl-C is the supervisor's to handle.
      shutdownSignals: [],
      logger: new DefaultLogger('WARN'),
      telemetryOptions: {
        logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }), forward: {} },
      },
    });
    installed = true;
  }
  const [bundle, connection, client] = await Promise.all([
    workflowBundle(),
    NativeConnection.connect({ address: target.address }),
    connectClient(target),
  ]);
  const common = {
    connection,
    namespace: target.namespace,
    // Heartbeats are how cancellation arrives: at most this late.
    maxHeartbeatThrottleInterval: '300ms',
    shutdownForceTime: GRACE,
  } as const;
  const control = await Worker.create({
    ...common,
    taskQueue: names.controlQueue(home.id),
    workflowBundle: bundle,
    activities: controlActivities(home, client),
    maxConcurrentActivityTaskExecutions: 1000,
    // After a killed worker its sticky queue stays for a while: do not wait for it.
    stickyQueueScheduleToStartTimeout: '500ms',
  });
  const compute = await Worker.create({
    ...common,
    taskQueue: names.computeQueue(home.id),
    activities: computeActivities(home),
    maxConcurrentActivityTaskExecutions: parallel,
    maxConcurrentActivityTaskPolls: Math.min(5, Math.max(1, parallel)),
  });
  const stop = (): void => {
    for (const worker of [compute, control]) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  signal.addEventListener('abort', stop);
  try {
    const running = Promise.all([control.run(), compute.run()]);
    // One that fails takes the other along.
    running.catch(stop);
    if (signal.aborted) stop();
    else onReady?.();
    await running;
  } finally {
    signal.removeEventListener('abort', stop);
    await client.connection.close();
    await connection.close().catch(() => {});
  }
}
