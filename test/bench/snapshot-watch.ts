/**
 * Looks at the data directories of a cluster again and again, and notes when a replica was writing a snapshot: by its unfinished
 * file, so that nothing needs to be asked of the replica itself.
 */

import { namesIn } from '../cluster/disk-use.js';
import type { LocalCluster } from '../cluster/local-cluster.js';
import { elapse } from '../cluster/until.js';
import type { Timeline } from './timeline.js';

const lookEveryMs = 10;
const unfinished = '.new';

export class SnapshotWatch {
  /** Snapshots finished or given up since it began, by replica. */
  readonly written: number[];
  #looking = true;
  readonly #done: Promise<unknown>;

  /** Each becomes a window of that name. */
  constructor(cluster: LocalCluster, timeline: Timeline, what: string) {
    this.written = cluster.places.map(() => 0);
    this.#done = Promise.all(cluster.places.map(({ data }, i) => this.#watch(data, i, () => timeline.begin(what))));
  }

  async stop(): Promise<void> {
    this.#looking = false;
    await this.#done;
  }

  async #watch(data: string, i: number, begin: () => () => void): Promise<void> {
    let end: (() => void) | undefined;
    while (this.#looking) {
      const isWriting = (await namesIn(data, 'snapshots')).some((name) => name.endsWith(unfinished));
      if (isWriting && end === undefined) end = begin();
      if (!isWriting && end !== undefined) {
        end();
        end = undefined;
        this.written[i] = (this.written[i] ?? 0) + 1;
      }
      await elapse(lookEveryMs);
    }
    end?.();
  }
}
