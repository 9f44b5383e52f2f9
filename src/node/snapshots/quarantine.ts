/**
 * What a replica does whose state turned out to be another than a majority's: it shows that state to nobody, keeps it out of
 * snapshots, puts those away which may have it, durably, and waits for a state built on a peer's snapshot. It ends when the
 * core finds that one to be a majority's. In the log, and so in votes, nothing is wrong.
 */

import type { Slot } from '../../base/ids.js';
import type { SnapshotRef, Snapshots } from '../../store/snapshots.js';
import type { Logger } from '../logger.js';

export interface QuarantineOptions {
  readonly logger: Logger;
  readonly snapshots: Pick<Snapshots, 'all' | 'setAside'>;
  /** No snapshot is written from now on; resolves when none is under way. */
  suspend(): Promise<void>;
  resume(): void;
}

/**
 * `stateless`: there is none from the start, as what is in use was made of the log alone, which goes on from another. `distrusted`: the
 * state in use is the wrong one. `rebuilt`: another took its place, and has to prove itself.
 */
type Stage = 'none' | 'stateless' | 'distrusted' | 'rebuilt';

export class Quarantine {
  readonly #options: QuarantineOptions;
  #stage: Stage;

  /** `isStateless`: from the start there is no state to be used, until one is had from a peer, which is as good as any. */
  constructor(options: QuarantineOptions, isStateless = false) {
    this.#options = options;
    this.#stage = isStateless ? 'stateless' : 'none';
  }

  /** Nobody may be shown the state in use. */
  get isOn(): boolean {
    return this.#stage !== 'none';
  }

  /** The state in use is to be replaced. */
  get isDistrusted(): boolean {
    return this.#stage === 'distrusted' || this.isStateless;
  }

  /** Its digests say nothing: of two replicas without a state they would be the same, and a majority's. */
  get isStateless(): boolean {
    return this.#stage === 'stateless';
  }

  /** The state in use left that of a majority above this slot. Resolves when no snapshot can bring it back. */
  async begin(agreedUpTo: Slot): Promise<void> {
    const { logger, snapshots, suspend } = this.#options;
    this.#stage = 'distrusted';
    await suspend();
    for (const ref of snapshots.all.filter((each) => each.slot > agreedUpTo)) await this.#setAside(ref);
    logger.error('the state of this replica is not that of the others: it is rebuilt from a snapshot of theirs', {
      agreedUpTo,
    });
  }

  /** Another state is in use. */
  rebuilt(): void {
    if (this.isStateless) this.end();
    else if (this.isOn) this.#stage = 'rebuilt';
  }

  /** The state in use is a majority's. */
  end(): void {
    this.#stage = 'none';
    this.#options.resume();
  }

  async #setAside(ref: SnapshotRef): Promise<void> {
    await this.#options.snapshots.setAside(ref, 'diverged');
    this.#options.logger.warn('put a snapshot aside: it may hold the wrong state', { slot: ref.slot });
  }
}
