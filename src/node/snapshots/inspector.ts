/**
 * Looks whether a snapshot that is there is still what was written, because a peer says that it is not, it could not be
 * read, or somebody is to get it who cannot look before it is too late: reads it from end to end in the background, puts it
 * aside where its bytes are wrong, and says so to whoever writes another.
 */

import type { Clock } from '../../base/clock.js';
import { CodedError } from '../../base/errors.js';
import type { SnapshotRef, Snapshots } from '../../store/snapshots.js';
import type { Logger } from '../logger.js';

/** What others say is no reason to read the same file again and again. */
const LOOK_AGAIN_MS = 10_000;

export interface InspectorOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly snapshots: Pick<Snapshots, 'all' | 'load' | 'setAside'>;
  /** It is of no use any more, to nobody. */
  unsound(ref: SnapshotRef): void;
  /** For what is no operating failure: nobody may go on. */
  fatal(error: unknown): void;
}

export class Inspector {
  readonly #options: InspectorOptions;
  readonly #underWay = new Map<SnapshotRef, Promise<boolean>>();
  /** Of those that somebody doubted: when they may be looked at again. */
  readonly #notBefore = new WeakMap<SnapshotRef, number>();

  constructor(options: InspectorOptions) {
    this.#options = options;
  }

  /** It may be damaged: nobody should begin with it. */
  isDoubted(ref: SnapshotRef): boolean {
    return this.#underWay.has(ref);
  }

  /** Somebody else says that it may be damaged: it is looked at, unless that was done lately. */
  doubt(ref: SnapshotRef): void {
    const { clock, fatal } = this.#options;
    const now = clock.mono();
    if ((this.#notBefore.get(ref) ?? now) > now || this.isDoubted(ref)) return;
    const noteEnd = (): void => void this.#notBefore.set(ref, clock.mono() + LOOK_AGAIN_MS);
    this.isSound(ref).then(noteEnd, fatal);
  }

  /** Reads all of it. Of several who ask meanwhile, all get the same answer. */
  isSound(ref: SnapshotRef): Promise<boolean> {
    const underWay = this.#underWay.get(ref);
    if (underWay !== undefined) return underWay;
    const looking = this.#look(ref).finally(() => this.#underWay.delete(ref));
    this.#underWay.set(ref, looking);
    return looking;
  }

  /** Resolves when nothing is read any more. */
  async stop(): Promise<void> {
    await Promise.allSettled(this.#underWay.values());
  }

  async #look(ref: SnapshotRef): Promise<boolean> {
    const { snapshots, unsound } = this.#options;
    try {
      await snapshots.load(ref, null);
      return true;
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      // A newer one may have taken its place meanwhile, also under its name.
      if (!snapshots.all.includes(ref)) return false;
      await this.#remove(ref, error);
      unsound(ref);
      return false;
    }
  }

  /** What only could not be read keeps its name until there is another: the next start may be luckier, and would miss it. */
  async #remove(ref: SnapshotRef, { code, message: reason }: CodedError): Promise<void> {
    const { snapshots, logger } = this.#options;
    if (code === 'snapshot-damaged') {
      logger.error('put a damaged snapshot aside: another is written', { reason });
      await snapshots.setAside(ref, 'damaged');
    } else logger.error('a snapshot cannot be read: another is written', { reason });
  }
}
