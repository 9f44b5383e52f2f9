/**
 * What a replica does whose state turned out to be another than a majority's: it shows that state to nobody, keeps it out of
 * snapshots, puts those away which may have it, durably, and waits for a state built on a peer's snapshot. It ends when that
 * one agrees with a majority. In the log, and so in votes, nothing is wrong.
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
  /** The state agrees with a majority again, for the core. */
  trustworthy(): void;
}

/** Checkpoints that a rebuilt state may pass without being a majority's before another is fetched. */
const PATIENCE_CHECKPOINTS = 3;

type Stage =
  | { readonly type: 'none' }
  /** There is none: what is in use was made of the log alone, which goes on from another. */
  | { readonly type: 'stateless' }
  /** The state in use is the wrong one. */
  | { readonly type: 'distrusted' }
  /** It was made anew, and has to prove itself at a slot from `from` on: of earlier ones the core knows only the wrong digests. */
  | { readonly type: 'rebuilt'; readonly from: Slot; checkpoints: number };

export class Quarantine {
  readonly #options: QuarantineOptions;
  #stage: Stage;

  /** `isStateless`: from the start there is no state to be used, until one is had from a peer, which is as good as any. */
  constructor(options: QuarantineOptions, isStateless = false) {
    this.#options = options;
    this.#stage = { type: isStateless ? 'stateless' : 'none' };
  }

  /** Nobody may be shown the state in use. */
  get isOn(): boolean {
    return this.#stage.type !== 'none';
  }

  /** The state in use is to be replaced. */
  get isDistrusted(): boolean {
    return this.#stage.type === 'distrusted' || this.#stage.type === 'stateless';
  }

  /** Its digests say nothing: of two replicas without a state they would be the same, and a majority's. */
  get isStateless(): boolean {
    return this.#stage.type === 'stateless';
  }

  /** The state in use left that of a majority above this slot. Resolves when no snapshot can bring it back. */
  async begin(agreedUpTo: Slot): Promise<void> {
    const { logger, snapshots, suspend } = this.#options;
    this.#stage = { type: 'distrusted' };
    await suspend();
    for (const ref of snapshots.all.filter((each) => each.slot > agreedUpTo)) await this.#setAside(ref);
    logger.error('the state of this replica is not that of the others: it is rebuilt from a snapshot of theirs', {
      agreedUpTo,
    });
  }

  /** Another state is in use, which tells its own digests from this slot on. */
  rebuilt(from: Slot): void {
    if (this.#stage.type === 'stateless') this.#end();
    else if (this.#stage.type !== 'none') this.#stage = { type: 'rebuilt', from, checkpoints: 0 };
  }

  /** The core was told another digest of the state in use. */
  told(): void {
    const stage = this.#stage;
    if (stage.type !== 'rebuilt' || ++stage.checkpoints <= PATIENCE_CHECKPOINTS) return;
    this.#options.logger.warn('the state that was rebuilt is not that of the others either: another is fetched');
    this.#stage = { type: 'distrusted' };
  }

  /** As of that slot a digest of this replica is a majority's. */
  agreed(at: Slot): void {
    const stage = this.#stage;
    if (stage.type === 'rebuilt' && at >= stage.from) this.#end();
  }

  #end(): void {
    this.#stage = { type: 'none' };
    this.#options.resume();
    this.#options.trustworthy();
  }

  async #setAside(ref: SnapshotRef): Promise<void> {
    await this.#options.snapshots.setAside(ref, 'diverged');
    this.#options.logger.warn('put a snapshot aside: it may hold the wrong state', { slot: ref.slot });
  }
}
