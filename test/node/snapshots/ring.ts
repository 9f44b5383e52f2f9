/**
 * One replica that pulls a snapshot, and two that serve theirs, over disks and links that are not real.
 */

import { type ReplicaName, replicaName, type Slot, slot } from '#src/base/ids.js';
import { SnapshotPull } from '#src/node/snapshots/snapshot-pull.js';
import { SnapshotServer, type SnapshotServerOptions } from '#src/node/snapshots/snapshot-server.js';
import type { SnapshotFetch, SnapshotPart } from '#src/paxos/message.js';
import { SNAPSHOT_PART_BYTES as PART_BYTES } from '#src/paxos/timing.js';
import { LogBook } from '../support/log-book.js';
import { VirtualTime } from '../support/virtual-time.js';
import { FakeShelf, refuseForeign } from './fake-snapshots.js';

export const B = replicaName('b');
export const C = replicaName('c');
export const SIZE = 4 * PART_BYTES + 100;
const DELAY_MS = 1;

/** How long a peer looks at a file that may be damaged. */
const LOOK_MS = 100;

/** One that pulls, and peers that serve; what is sent arrives after a moment unless the link is down. */
export class Ring {
  readonly time = new VirtualTime();
  readonly logger = new LogBook();
  readonly own = new FakeShelf(this.time);
  readonly shelves = new Map([B, C].map((name) => [name, new FakeShelf(this.time)]));
  /** `ask b 9@0`, `part b 9@0+262144`, `install 9`, in order. */
  readonly happened: string[] = [];
  readonly down = new Set<ReplicaName>();
  readonly distrusted = new Set<ReplicaName>();
  /** `b lacks one above 9`, `b doubts 9` (once for each file). */
  readonly lacking: string[] = [];
  applied = 0;
  install: (at: Slot) => Promise<void> = () => Promise.resolve();
  readonly #servers = new Map<ReplicaName, SnapshotServer>();
  pull: SnapshotPull;

  constructor() {
    for (const name of this.shelves.keys()) this.serve(name);
    this.pull = this.life();
  }

  /** A new life of a peer: what it had open is forgotten. */
  serve(name: ReplicaName): void {
    this.#servers.set(
      name,
      new SnapshotServer({
        clock: this.time,
        logger: this.logger,
        snapshots: this.shelf(name),
        send: (_to, part) => this.#answer(name, part),
        inspector: this.inspector(name),
        lacking: (above) => void this.lacking.push(`${name} lacks one above ${above}`),
        isDistrusted: () => this.distrusted.has(name),
        fatal: (error) => this.#fatal(error),
      }),
    );
  }

  inspector(name: ReplicaName): SnapshotServerOptions['inspector'] {
    const shelf = this.shelf(name);
    return {
      doubt: ({ slot: at }) => {
        const doubt = `${name} doubts ${at}`;
        if (this.lacking.includes(doubt)) return;
        this.lacking.push(doubt);
        shelf.doubted.add(at);
        this.time.at(this.time.mono() + LOOK_MS, () => void shelf.doubted.delete(at));
      },
      isDoubted: ({ slot: at }) => shelf.doubted.has(at),
    };
  }

  shelf(name: ReplicaName): FakeShelf {
    const found = this.shelves.get(name);
    if (found === undefined) throw new Error(`no shelf for ${name}`);
    return found;
  }

  /** As after a restart: what is on the disk is there, what was in memory is not. */
  life(): SnapshotPull {
    return new SnapshotPull({
      clock: this.time,
      logger: this.logger,
      snapshots: this.own,
      send: (to, wanted) => this.#ask(to, wanted),
      above: () => slot(this.applied),
      install: async (file) => {
        const { slot: at } = await file.finish(refuseForeign, null);
        this.happened.push(`install ${at}`);
        await this.install(at);
        this.applied = at;
      },
      fatal: (error) => this.#fatal(error),
    });
  }

  /** The core asks for it again and again, of the peers in turn. */
  async until(done: () => boolean, ...peers: readonly ReplicaName[]): Promise<void> {
    for (let round = 0; round < 100; round++) {
      const peer = peers[round % peers.length];
      if (peer !== undefined) this.pull.want(peer);
      if (await this.time.run(500, done)) return;
    }
    throw new Error(`in vain:\n${this.happened.join('\n')}\n${this.logger.lines.join('\n')}`);
  }

  #ask(to: ReplicaName, wanted: SnapshotFetch): void {
    this.happened.push(`ask ${to} ${wanted.slot}@${wanted.offset}`);
    this.#carry(to, () => this.#servers.get(to)?.fetch(replicaName('a'), wanted));
  }

  #answer(from: ReplicaName, part: SnapshotPart): void {
    this.#carry(from, () => {
      this.happened.push(`part ${from} ${part.slot}@${part.offset}+${part.bytes.length}`);
      this.pull.part(from, part);
    });
  }

  #carry(peer: ReplicaName, arrive: () => void): void {
    this.time.at(this.time.mono() + DELAY_MS, () => {
      if (!this.down.has(peer)) arrive();
    });
  }

  #fatal(error: unknown): void {
    throw error;
  }
}
