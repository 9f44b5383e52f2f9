/**
 * Everything about snapshots of a running replica, put together: they are written when the log has grown long, read by peers that
 * need them, pulled from peers that have them, and distrusted when this replica's state turns out to be wrong. The driver tells
 * it what the core wants; how each of it is done is in the files beside it.
 */

import type { Clock } from '../../base/clock.js';
import { type ReplicaName, type Slot, type StoreId, slot } from '../../base/ids.js';
import type { StateMachine } from '../../kv/state-machine.js';
import type { StateCut } from '../../kv/state-transfer.js';
import type { Decided, Input } from '../../paxos/effects.js';
import type { SnapshotMessage } from '../../paxos/message.js';
import type { ReplicaLog } from '../../store/log.js';
import type { SnapshotHeader } from '../../store/snapshot-format.js';
import type { SnapshotSource, Snapshots } from '../../store/snapshots.js';
import type { Charter } from '../charter.js';
import type { Logger } from '../logger.js';
import { DEFAULT_SNAPSHOTS, type Settings } from '../settings.js';
import { Inspector } from './inspector.js';
import { Quarantine } from './quarantine.js';
import { type PullProgress, SnapshotPull } from './snapshot-pull.js';
import { SnapshotServer } from './snapshot-server.js';
import { noSnapshot, Snapshotter } from './snapshotter.js';
import { Takeover } from './takeover.js';

/** What it asks of the replica around it. */
export interface UpkeepHands {
  send(to: ReplicaName, message: SnapshotMessage): void;
  submit(input: Input): void;
  /** The state machine has come to a later slot without executing what is before it. */
  installed(): void;
  /** The core waits for nothing that a new state would disturb. */
  mayInstall(): boolean;
  /** The log here has nothing before it. */
  firstSlot(): Slot;
  /** Who executed the state in use, as the core knows it. */
  lineage(): StoreId;
  fail(doing: string, error: unknown): void;
}

export interface UpkeepOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: Pick<Settings, 'cluster' | 'snapshots'>;
  /** To whom snapshots belong. */
  readonly clusterId: string;
  readonly machine: StateMachine;
  readonly charter: Charter;
  readonly snapshots: Snapshots;
  /** The state machine holds nothing that may be used, see Replayed. */
  readonly isStateless: boolean;
  readonly log: Pick<ReplicaLog, 'bytes' | 'bytesSince' | 'decided' | 'firstToKeep' | 'read' | 'note'>;
  readonly hands: UpkeepHands;
}

/** For STATUS. */
export interface UpkeepView {
  /** The newest snapshot here, null when there is none. */
  readonly snapshot: Slot | null;
  readonly pulling: PullProgress | null;
}

export class Upkeep {
  readonly #options: UpkeepOptions;
  readonly #inspector: Inspector;
  readonly #snapshotter: Snapshotter;
  readonly #server: SnapshotServer;
  readonly #pull: SnapshotPull;
  readonly #quarantine: Quarantine;
  /** The last that the core was told. */
  #checkpoint: Slot = slot(0);

  constructor(options: UpkeepOptions) {
    const { hands, settings, snapshots } = options;
    this.#options = options;
    this.#inspector = new Inspector({
      ...options,
      unsound: (ref) => this.#snapshotter.replace(ref),
      fatal: (error) => hands.fail('reading a snapshot', error),
    });
    this.#snapshotter = new Snapshotter({
      ...options,
      inspector: this.#inspector,
      settings: settings.snapshots ?? DEFAULT_SNAPSHOTS,
      state: options.machine,
      header: (cut) => this.#headerOf(cut),
      trim: (firstSlot) => hands.submit({ type: 'trimmed', firstSlot }),
      fatal: (error) => hands.fail('writing a snapshot', error),
      isSuspended: options.isStateless,
      epoch: () => this.#quarantine.epoch,
    });
    this.#server = new SnapshotServer({
      ...options,
      inspector: this.#inspector,
      snapshots: {
        get all() {
          return snapshots.all;
        },
        open: (ref) => this.#quarantine.watched(snapshots.open(ref)),
      },
      send: (to, part) => hands.send(to, part),
      lacking: (above) => this.#snapshotter.wanted(above),
      isDistrusted: () => this.#quarantine.isOn,
      fatal: (error) => hands.fail('reading a snapshot', error),
    });
    const ward = {
      ...options,
      suspend: () => this.#snapshotter.suspend(),
      resume: () => this.#snapshotter.resume(),
    };
    this.#quarantine = new Quarantine(ward, options.isStateless);
    const takeover = this.#makeTakeover();
    this.#pull = new SnapshotPull({
      ...options,
      snapshots,
      send: (to, wanted) => hands.send(to, wanted),
      above: () => takeover.above,
      install: (file) => takeover.install(file),
      fatal: (error) => hands.fail('taking a snapshot over', error),
    });
  }

  get view(): UpkeepView {
    return {
      snapshot: this.#options.snapshots.all.at(-1)?.slot ?? null,
      pulling: this.#pull.progress,
    };
  }

  /** Nobody may be shown the state in use. */
  get distrusts(): boolean {
    return this.#quarantine.isOn;
  }

  /** Once, when the driver takes inputs. */
  start(): void {
    this.#tellCheckpoint();
  }

  /** The state machine has executed a slot. */
  applied(decided: Decided): void {
    const { charter, log } = this.#options;
    if (charter.apply(decided)) log.note(charter.configuration, charter.founding);
    this.#tellCheckpoint();
  }

  /** The log has become longer on the disk. */
  persisted(): void {
    this.#snapshotter.look();
  }

  message(from: ReplicaName, message: SnapshotMessage): void {
    if (message.type === 'snapshot-fetch') {
      this.#server.fetch(from, message);
      return;
    }
    const reason = this.#pull.part(from, message);
    if (reason !== null) this.#options.logger.debug('ignored', { reason: `${message.type}: ${reason}` });
  }

  linkDown(peer: ReplicaName): void {
    this.#pull.linkDown(peer);
  }

  /** The core lacks what no log has any more, or distrusts the state; said again and again. */
  want(peer: ReplicaName): void {
    this.#pull.want(peer);
  }

  /** The state left a majority's above this slot. */
  diverged(agreedUpTo: Slot): void {
    this.#quarantine.begin(agreedUpTo).catch((error: unknown) => {
      this.#options.hands.fail('putting snapshots of a wrong state aside', error);
    });
  }

  /** The state that took the wrong one's place is a majority's. */
  agreed(): void {
    this.#quarantine.end();
  }

  /** A snapshot of what is applied now or later, open for reading. Rejects with a CodedError. */
  backup(): Promise<SnapshotSource> {
    const { snapshots } = this.#options;
    const open = async (): Promise<SnapshotSource> => {
      // A state that has not proved itself is written down, and shown to nobody.
      if (this.#quarantine.isOn) throw noSnapshot();
      return snapshots.open(await this.#snapshotter.now());
    };
    return this.#quarantine.watched(open());
  }

  /** At a stop in order: writes down what has changed, if that can be done in time. */
  finish(limitMs: number): Promise<void> {
    return this.#snapshotter.finish(limitMs);
  }

  /** Begins nothing more; resolves when nothing is under way. */
  async stop(): Promise<void> {
    await Promise.all([this.#snapshotter.stop(), this.#pull.stop(), this.#server.stop(), this.#inspector.stop()]);
  }

  #makeTakeover(): Takeover {
    const { hands, charter, log } = this.#options;
    return new Takeover({
      ...this.#options,
      isDistrusted: () => this.#quarantine.isDistrusted,
      firstSlot: () => hands.firstSlot(),
      mayInstall: () => !this.#quarantine.isClearing && hands.mayInstall(),
      exchanged: (input) => {
        if (input.type === 'installed') {
          log.note(charter.configuration, charter.founding);
          hands.installed();
        }
        this.#quarantine.rebuilt();
        hands.submit(input);
        this.#checkpoint = slot(0);
        this.#tellCheckpoint();
      },
    });
  }

  #tellCheckpoint(): void {
    const { checkpoint } = this.#options.machine;
    if (checkpoint === null || checkpoint.slot === this.#checkpoint || this.#quarantine.isStateless) return;
    this.#checkpoint = checkpoint.slot;
    this.#options.hands.submit({ type: 'checkpoint', checkpoint });
  }

  #headerOf(cut: StateCut): SnapshotHeader {
    const { settings, charter, clusterId, hands } = this.#options;
    const { slot: at, time, revision, digest, keys, bytes, sessions, once } = cut;
    const { configuration, founding } = charter;
    return {
      clusterId,
      cluster: settings.cluster,
      slot: at,
      time,
      revision,
      configuration,
      founding,
      digest,
      lineage: hands.lineage(),
      keys,
      sessions: sessions.length,
      ids: once.ids,
      idsForgotten: once.forgotten,
      idsBytes: once.bytes,
      bytes,
    };
  }
}
