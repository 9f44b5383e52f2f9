/**
 * Takes over the state out of a snapshot that came from a peer: makes it beside the one that is in use, in slices, and
 * exchanges the two in one step, if by then it is still of use. From a crash before that step the old state comes back,
 * from one after it the new one: the file that it was made of is durable and verified.
 */

import { assert } from '../../base/assert.js';
import type { Clock } from '../../base/clock.js';
import { CodedError } from '../../base/errors.js';
import { type Slot, slot } from '../../base/ids.js';
import { StateMachine } from '../../kv/state-machine.js';
import { StateFilling } from '../../kv/state-transfer.js';
import type { Input } from '../../paxos/effects.js';
import type { Held } from '../../paxos/message.js';
import { FETCH_BYTES } from '../../paxos/timing.js';
import type { ReplicaLog } from '../../store/log.js';
import type { SnapshotHeader } from '../../store/snapshot-format.js';
import type { Snapshots } from '../../store/snapshots.js';
import type { Charter } from '../charter.js';
import type { Logger } from '../logger.js';
import type { Arrived } from './snapshot-pull.js';

/** What the core has to hear of a new state. */
type Exchanged = Extract<Input, { readonly type: 'installed' | 'rebuilt' }>;

export interface TakeoverOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly clusterId: string;
  readonly machine: StateMachine;
  readonly charter: Charter;
  readonly snapshots: Pick<Snapshots, 'all'>;
  readonly log: Pick<ReplicaLog, 'read' | 'decided'>;
  /** The state in use is not to be trusted: another takes its place also where it is not newer. */
  isDistrusted(): boolean;
  /** The log here has nothing before it. */
  firstSlot(): Slot;
  /** The core can hear of a new state now. */
  mayInstall(): boolean;
  /** The state in use is another now: of a later slot than anything decided here, or made anew for the same one. */
  exchanged(input: Exchanged): void;
}

export class Takeover {
  readonly #options: TakeoverOptions;
  /** The slot that the log was last asked for in vain. */
  #missing: Slot = slot(0);

  constructor(options: TakeoverOptions) {
    this.#options = options;
  }

  /** Only a snapshot of a later slot than this can be of use, as far as can be told now. */
  get above(): Slot {
    const { machine, firstSlot, isDistrusted } = this.#options;
    if (!isDistrusted()) return machine.applied;
    // From it on the log here has to have everything up to what is applied.
    return slot(Math.max(0, firstSlot() - 2, this.#missing - 1));
  }

  /**
   * Resolves when the state is in use, or turned out to be none the newer. Rejects with a CodedError where it must not be
   * used.
   */
  async install(file: Arrived): Promise<void> {
    const { machine, snapshots, logger } = this.#options;
    const filling = new StateFilling();
    const info = await file.finish((header) => this.#check(header), filling);
    const isThere = snapshots.all.some(({ slot: at }) => at === info.slot);
    if (!isThere) throw new CodedError('snapshot-gone', 'the snapshot was put aside as soon as it was here');
    const fresh = new StateMachine(machine.checkpointSlots);
    fresh.adopt(filling);
    while (this.#options.isDistrusted() && fresh.applied < machine.applied) await this.#replay(fresh);
    // From here on in one step: nothing may be decided between the comparison and the exchange.
    const isOfUse = fresh.applied > machine.applied && this.#options.mayInstall();
    if (isOfUse) this.#exchange(fresh, info.header);
    else if (fresh.applied === machine.applied && this.#options.isDistrusted()) this.#rebuild(fresh, info.header);
    else logger.debug('ignored', { reason: `snapshot: slot ${fresh.applied} is not newer than ${machine.applied}` });
  }

  /** Throws a CodedError where the state is not one for this replica: then its file never gets a name. */
  #check({ clusterId, cluster, founding, configuration, lineage }: SnapshotHeader): void {
    const { charter } = this.#options;
    const reason =
      clusterId !== this.#options.clusterId
        ? `it belongs to another cluster '${cluster}'`
        : configuration === null || founding === '' || lineage === null
          ? 'nothing is decided in it'
          : charter.founding !== '' && charter.founding !== founding
            ? `it was founded apart: ${founding}, not ${charter.founding}`
            : null;
    if (reason !== null) throw new CodedError('foreign-snapshot', `the snapshot is not for this replica: ${reason}`);
  }

  #exchange(fresh: StateMachine, { configuration, founding, lineage }: SnapshotHeader): void {
    const { machine, charter, logger, exchanged } = this.#options;
    assert(configuration !== null && lineage !== null, 'the header was checked');
    const behind = fresh.applied - machine.applied;
    machine.become(fresh);
    charter.replace(configuration, founding);
    logger.info('took over a snapshot', { slot: machine.applied, slots: behind, keys: machine.keys });
    const { applied, time } = machine;
    exchanged({ type: 'installed', slot: applied, configuration, founding, lastStamp: time, lineage });
  }

  #rebuild(fresh: StateMachine, { slot: from, lineage }: SnapshotHeader): void {
    const { machine, logger, exchanged } = this.#options;
    assert(lineage !== null, 'the header was checked');
    machine.become(fresh);
    logger.info('rebuilt the state from the snapshot of another', { slot: machine.applied, keys: machine.keys });
    exchanged({ type: 'rebuilt', slot: from, lineage });
  }

  /** Executes some of what is decided above the snapshot: it is not the log that went wrong. */
  async #replay(fresh: StateMachine): Promise<void> {
    const held = await this.#heldFrom(slot(fresh.applied + 1));
    for (const decided of held) fresh.apply(decided, null, () => undefined);
    // What was decided in this very turn is not in the log yet.
    if (held.length === 0) await new Promise<void>((resolve) => this.#options.clock.endOfTurn(resolve));
  }

  /** Remembers the slot where the log does not have it any more, or cannot read it. */
  async #heldFrom(from: Slot): Promise<readonly Held[]> {
    const { machine, log } = this.#options;
    const before = this.#missing;
    this.#missing = from;
    const held = await log.read(from, machine.applied, FETCH_BYTES);
    if (held.length === 0 && from <= log.decided) {
      throw new CodedError('log-too-short', `the log here does not have slot ${from} any more`);
    }
    this.#missing = before;
    return held;
  }
}
