/**
 * Overwrites the same keys at full speed for as long as it is told, and watches what replicas keep on their disks meanwhile:
 * whatever the run time, it must stay bounded. What that means is in disk-verdict.ts.
 */

import { diskUse } from '../cluster/disk-use.js';
import type { LocalCluster } from '../cluster/local-cluster.js';
import { residentMiB } from '../cluster/memory.js';
import { elapse } from '../cluster/until.js';
import { fill } from './compare.js';
import { type DiskSample, diskFindings, inMiB } from './disk-verdict.js';
import { errorsOf } from './load.js';
import { whole } from './report.js';
import { startLoad } from './run-load.js';
import { addressesOf, givenSynod } from './synod-rival.js';

const lookEveryMs = 2_000;
const lineEveryMs = 60_000;
const size = { clients: 64, depth: 16, valueBytes: 100, reconnect: false };

/** Returns what was wrong, one line each; `say` is told a line a minute and one at the end. */
export async function overwrite(
  cluster: LocalCluster,
  keys: number,
  durationMs: number,
  say: (line: string) => void,
): Promise<readonly string[]> {
  const rival = givenSynod(addressesOf(cluster));
  await fill(rival, keys, size.valueBytes);
  const work = { type: 'mix', putShare: 1, warmUpMs: 0, durationMs } as const;
  const load = startLoad({ wire: 'inline', targets: [await rival.leader()], ...size, keys, work });
  let isOver = false;
  const over = load.result.finally(() => {
    isOver = true;
  });
  const log = new DiskLog(cluster);
  let toldAt = performance.now();
  await log.line();
  while (!isOver) {
    await log.look();
    await Promise.race([over, elapse(lookEveryMs)]);
    if (performance.now() - toldAt < lineEveryMs && !isOver) continue;
    toldAt = performance.now();
    say(await log.line());
  }
  const errors = errorsOf(await load.result);
  return [...log.findings(), ...(errors === 0 ? [] : [`${errors} writes were refused`])];
}

/** What the disks held, and how far writes had come, from look to look. */
class DiskLog {
  readonly #cluster: LocalCluster;
  readonly #began = performance.now();
  /** By replica. */
  readonly #samples: DiskSample[][];
  #last = { atMs: 0, revision: 0 };

  constructor(cluster: LocalCluster) {
    this.#cluster = cluster;
    this.#samples = cluster.places.map(() => []);
  }

  async look(): Promise<void> {
    const { places } = this.#cluster;
    const uses = await Promise.all(places.map(({ data }) => diskUse(data)));
    const atMs = performance.now() - this.#began;
    uses.forEach((use, i) => void this.#samples[i]?.push({ atMs, use }));
  }

  /** The writes a second since the last line, and the newest look. */
  async line(): Promise<string> {
    const { revision } = await this.#cluster.status(0);
    const atMs = performance.now() - this.#began;
    const perSecond = ((revision - this.#last.revision) * 1000) / (atMs - this.#last.atMs);
    this.#last = { atMs, revision };
    const replicas = this.#cluster.places.map(({ name, daemon }, i) => {
      const use = this.#samples[i]?.at(-1)?.use;
      if (use === undefined) return name;
      const log = `log ${inMiB(use.logBytes)} MiB in ${use.segments}`;
      return `${name}: ${log}, ${use.snapshots} snapshots ${inMiB(use.snapshotBytes)} MiB, resident ${whole(residentMiB(daemon.pid))} MiB`;
    });
    return `${(atMs / 60_000).toFixed(1).padStart(5)} min  ${whole(perSecond)} op/s  ${replicas.join('  ')}`;
  }

  findings(): string[] {
    return this.#cluster.places.flatMap(({ name }, i) => diskFindings(name, this.#samples[i] ?? []));
  }
}
