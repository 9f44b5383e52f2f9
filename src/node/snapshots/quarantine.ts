/**
 * What a replica does whose state turned out to be another than a majority's: it shows that state to nobody, keeps it out of
 * snapshots, puts those away which may have it, durably, and then waits for a state built on a peer's snapshot. It ends when the
 * core finds that one to be a majority's. In the log, and so in votes, nothing is wrong.
 *
 * What was made of the wrong state may be under way for seconds, longer than the quarantine lasts. So states have epochs:
 * whatever was cut or opened in an earlier one is of no more use, however late it is done.
 */

import { assert } from '../../base/assert.js';
import { CodedError } from '../../base/errors.js';
import type { Slot } from '../../base/ids.js';
import type { SnapshotSource, Snapshots } from '../../store/snapshots.js';
import type { Logger } from '../logger.js';

export interface QuarantineOptions {
  readonly logger: Logger;
  readonly snapshots: Pick<Snapshots, 'setAsideAbove'>;
  /** No snapshot is written from now on. */
  suspend(): void;
  resume(): void;
}

/**
 * `stateless`: there is none from the start, as what is in use was made of the log alone, which goes on from another.
 * `clearing`: the state in use is the wrong one, and snapshots that may have it are being put away. `distrusted`: that is
 * done. `rebuilt`: another state took its place, and has to prove itself.
 */
type Stage = 'none' | 'stateless' | 'clearing' | 'distrusted' | 'rebuilt';

export class Quarantine {
  readonly #options: QuarantineOptions;
  #stage: Stage;
  #epoch = 0;

  /** `isStateless`: from the start there is no state to be used, until one is had from a peer, which is as good as any. */
  constructor(options: QuarantineOptions, isStateless = false) {
    this.#options = options;
    this.#stage = isStateless ? 'stateless' : 'none';
  }

  /** Nobody may be shown the state in use. */
  get isOn(): boolean {
    return this.#stage !== 'none';
  }

  /** Rises when a state is found to be wrong. */
  get epoch(): number {
    return this.#epoch;
  }

  /** The state in use is to be replaced, and may be now. */
  get isDistrusted(): boolean {
    return this.#stage === 'distrusted' || this.isStateless;
  }

  /** No other state may be used yet: what it is made of could be put away after it. */
  get isClearing(): boolean {
    return this.#stage === 'clearing';
  }

  /** Its digests say nothing: of two replicas without a state they would be the same, and a majority's. */
  get isStateless(): boolean {
    return this.#stage === 'stateless';
  }

  /** The state in use left that of a majority above this slot. Resolves when no snapshot can bring it back. */
  async begin(agreedUpTo: Slot): Promise<void> {
    const { logger, snapshots, suspend } = this.#options;
    this.#stage = 'clearing';
    this.#epoch++;
    suspend();
    // Asked for in this very step: what gets its name later is none of this state's.
    const gone = await snapshots.setAsideAbove(agreedUpTo, 'diverged');
    assert(this.#stage === 'clearing', 'no state is used before the wrong one is put away');
    this.#stage = 'distrusted';
    for (const { slot } of gone) logger.warn('put a snapshot aside: it may hold the wrong state', { slot });
    logger.error('the state of this replica is not that of the others: it is rebuilt from a snapshot of theirs', {
      agreedUpTo,
    });
  }

  /**
   * Another state is in use. It is written down, under its own lineage, and the log trimmed behind it, though nobody may be
   * shown it: it may take for ever to prove itself, where too few others are left.
   */
  rebuilt(): void {
    if (this.isStateless) this.end();
    if (!this.isOn) return;
    this.#stage = 'rebuilt';
    this.#options.resume();
  }

  /** The state in use is a majority's. */
  end(): void {
    this.#stage = 'none';
    this.#options.resume();
  }

  /** For somebody outside: once the state that was in use at this call is found to be wrong, nothing more can be read. */
  async watched(opening: Promise<SnapshotSource>): Promise<SnapshotSource> {
    const epoch = this.#epoch;
    const source = await opening;
    return {
      info: source.info,
      read: async (offset, bytes) => {
        const part = await source.read(offset, bytes);
        if (this.#epoch === epoch) return part;
        throw new CodedError('distrusted', 'the state that it is of turned out not to be that of the other replicas');
      },
      close: () => source.close(),
    };
  }
}
