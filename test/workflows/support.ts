import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { raiseRetention } from '../../engine/server/connect.ts';
import { useServer } from '../../engine/server/dev-server.ts';
import type { ServerUse } from '../../engine/server/dev-server.ts';
import { ensureTemporal } from '../../engine/setup/temporal.ts';
import { workflowBundle } from '../../engine/worker/bundle.ts';
import { names } from '../../workflows/types.ts';
import type { ComputeActivities, ControlActivities } from '../../workflows/types.ts';

/** A real server and worker with activities of the test's own: what is under test is the workflow code. */
export class Bench {
  readonly home = { id: 'bench', base: '/' };
  readonly client: Client;
  readonly #dir: string;
  readonly #server: ServerUse;
  readonly #workers: Worker[];
  readonly #running: Promise<unknown>;
  readonly #native: NativeConnection;

  private constructor(parts: {
    dir: string;
    server: ServerUse;
    client: Client;
    native: NativeConnection;
    workers: Worker[];
  }) {
    this.#dir = parts.dir;
    this.#server = parts.server;
    this.client = parts.client;
    this.#native = parts.native;
    this.#workers = parts.workers;
    this.#running = Promise.all(parts.workers.map((worker) => worker.run()));
  }

  static async open(activities: Partial<ControlActivities & ComputeActivities>): Promise<Bench> {
    const dir = mkdtempSync(join(tmpdir(), 'llava-bench-'));
    const server = await useServer(dir, async () => (await ensureTemporal()).path);
    const { address, namespace } = server.target;
    const client = new Client({ connection: await Connection.connect({ address }), namespace });
    await raiseRetention(client, server.target);
    Runtime.install({ shutdownSignals: [], logger: new DefaultLogger('ERROR') });
    const native = await NativeConnection.connect({ address });
    const common = { connection: native, namespace, activities, maxHeartbeatThrottleInterval: '100ms' };
    const workers = [
      await Worker.create({
        ...common,
        taskQueue: names.controlQueue('bench'),
        workflowBundle: await workflowBundle(),
      }),
      await Worker.create({ ...common, taskQueue: names.computeQueue('bench') }),
    ];
    return new Bench({ dir, server, client, native, workers });
  }

  async close(): Promise<void> {
    for (const worker of this.#workers) worker.shutdown();
    await this.#running;
    await this.client.connection.close();
    await this.#native.close();
    await this.#server.leave();
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
