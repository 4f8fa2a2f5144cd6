import type { Client } from '@temporalio/client';
import { connectClient, raiseRetention } from '../server/connect.ts';
import { useServer } from '../server/dev-server.ts';
import type { ServerUse } from '../server/dev-server.ts';
import { DEFAULT_NAMESPACE } from '../server/target.ts';
import type { Target } from '../server/target.ts';
import type { Home } from '../store/home.ts';

export interface ClusterOptions {
  /** A cluster of the user's own; otherwise the home's embedded server. */
  address?: string | undefined;
  namespace?: string | undefined;
}

/** A connection to the Temporal server of a home, embedded or not, that survives restarts of the embedded one. */
export class Cluster {
  readonly embedded: boolean;
  readonly #use: ServerUse | null;
  #target: Target;
  #client: Client;

  private constructor(use: ServerUse | null, target: Target, client: Client) {
    this.embedded = use !== null;
    this.#use = use;
    this.#target = target;
    this.#client = client;
  }

  static async open(home: Home, options: ClusterOptions): Promise<Cluster> {
    if (options.address !== undefined) {
      const target = { address: options.address, namespace: options.namespace ?? DEFAULT_NAMESPACE };
      return new Cluster(null, target, await connectClient(target));
    }
    const use = await useServer(home.server, temporalBinary);
    try {
      const client = await connectClient(use.target);
      await raiseRetention(client, use.target);
      return new Cluster(use, use.target, client);
    } catch (error) {
      await use.leave();
      throw error;
    }
  }

  get client(): Client {
    return this.#client;
  }

  get target(): Target {
    return this.#target;
  }

  /** Looks after the embedded server; answers what had to be done. */
  async check(): Promise<'well' | 'restarted' | 'moved'> {
    if (!this.#use || !(await this.#use.revive())) return 'well';
    if (this.#use.target.address === this.#target.address) return 'restarted';
    this.#target = this.#use.target;
    // The old connection is left as it is: a call that waits for its next try throws out of a timer when it is closed.
    this.#client = await connectClient(this.#target);
    return 'moved';
  }

  /** `abandoned`: calls are still waiting; they would throw out of a timer when their channel is closed. */
  async close(abandoned = false): Promise<void> {
    if (!abandoned) await this.#client.connection.close().catch(() => {});
    await this.#use?.leave();
  }
}

/** Path of the server's program, set up when it is missing. */
async function temporalBinary(): Promise<string> {
  const { ensureTemporal } = await import('../setup/temporal.ts');
  return (await ensureTemporal()).path;
}
