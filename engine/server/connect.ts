import { Client, Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { EnvironmentError } from '../stages/types.ts';
import type { Target } from './target.ts';

/** Finished runs stay visible in the server for ten years; its default of a day would lose them overnight. */
const RETENTION = '3650 days';

/** gRPC's own pause after a refused connection grows from one second to two minutes; a killed server is back in half a second. */
const RECONNECT = { 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 1000 };

/** Connects a client; `EnvironmentError` when nobody answers there. */
export async function connectClient(target: Target): Promise<Client> {
  try {
    const connection = await Connection.connect({
      address: target.address,
      connectTimeout: '10s',
      channelArgs: RECONNECT,
    });
    return new Client({ connection, namespace: target.namespace });
  } catch (error) {
    throw new EnvironmentError(
      `no Temporal server answers at ${target.address}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** Raises the retention of an embedded server's namespace, which may take a moment to exist after the first start. */
export async function raiseRetention(client: Client, target: Target): Promise<void> {
  const end = Date.now() + 10_000;
  for (;;) {
    try {
      await client.workflowService.updateNamespace({
        namespace: target.namespace,
        config: { workflowExecutionRetentionTtl: msToTs(RETENTION) },
      });
      return;
    } catch (error) {
      if (Date.now() > end)
        throw new EnvironmentError(`the namespace ${target.namespace} cannot be set up: ${String(error)}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
