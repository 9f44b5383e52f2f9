/** Asks replicas over the inline syntax, one connection at a time, and gives up on a replica that does not answer in time. */
import { ConnectionLost, type InlineClient } from '../cluster/inline-client.js';
import type { LocalCluster } from '../cluster/local-cluster.js';

const dialMs = 1_000;

export class Caller {
  readonly #cluster: LocalCluster;
  #client: InlineClient | undefined;

  constructor(cluster: LocalCluster) {
    this.#cluster = cluster;
  }

  /** Whether there is a connection, to be used with `ask` until it breaks. */
  get connected(): boolean {
    return this.#client?.open === true;
  }

  async connect(replica: number): Promise<boolean> {
    this.close();
    const dialling = this.#cluster.client(replica);
    const client = await within(dialMs, dialling).catch(notLost);
    // Whoever is let in too late is sent away.
    if (client === undefined) dialling.then((late) => late.close(), notLost);
    this.#client = client;
    return client !== undefined;
  }

  /** One line's answer; undefined when there was none in time, and the connection is closed then. */
  async ask(line: string, limitMs: number): Promise<string | undefined> {
    const [answer] = (await this.askAll([line], limitMs)) ?? [];
    return answer;
  }

  /** The answers of all or none; that of EXEC may be a list of so many items, a line each. */
  async askAll(lines: readonly string[], limitMs: number, items = 1): Promise<readonly string[] | undefined> {
    if (this.#client === undefined) return undefined;
    const asking = this.#client.requests(lines, items);
    const answers = await within(limitMs, asking).catch(notLost);
    if (answers === undefined) this.close();
    return answers;
  }

  close(): void {
    this.#client?.close();
    this.#client = undefined;
  }
}

/** Undefined when it takes longer; what it becomes then is nobody's business. */
async function within<T>(limitMs: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, limitMs, undefined);
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}

function notLost(error: unknown): undefined {
  if (!(error instanceof ConnectionLost)) throw error;
  return undefined;
}
