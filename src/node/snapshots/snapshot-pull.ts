/**
 * Gets a snapshot from a peer, for a replica whose peers have trimmed what it lacks: asks part by part, for the next while
 * one is written, keeps what has arrived on the disk, goes on where it was when the link, the peer or this process changes,
 * and hands over the file when it is whole and verified. From whom a snapshot is wanted is decided elsewhere, and asked for
 * again until there is news; what is done with the file, too.
 */

import type { Clock } from '../../base/clock.js';
import { CodedError } from '../../base/errors.js';
import { type ReplicaName, type Slot, slot } from '../../base/ids.js';
import type { SnapshotFetch, SnapshotPart } from '../../paxos/message.js';
import type { Incoming } from '../../store/snapshot-incoming.js';
import type { Snapshots } from '../../store/snapshots.js';
import type { Logger } from '../logger.js';
import { Pace } from './pace.js';

/** An answer that takes longer does not come any more. */
const ANSWER_MS = 1_000;

/** A peer that did not answer, or gave something damaged, is not asked again for so long. */
const SPURN_MS = 5_000;

/** It may give something better at once, or there be room for it. */
const NO_FAULT_OF_PEERS: ReadonlySet<string> = new Set(['no-space', 'log-too-short']);

/**
 * One that had nothing newer to give may have it soon, since it trims its log behind snapshots only; a disk may have room
 * soon, too.
 */
const SOON_MS = 500;

/** Whose link fell in the middle may be back so soon; until then what it gave is not thrown away for what others have. */
const RETURN_MS = 2_000;

/** Of the disk's time, so that what arrives does not keep it from the log. */
const SHARE = 0.5;

/** Between two parts, however quick the disk is: some 60 MiB a second leave room on a network of 1 Gbit/s. */
const LEAST_REST_MS = 4;

/** A file that arrives. */
export type Arriving = Pick<Incoming, 'have' | 'append' | 'finish' | 'discard' | 'close'>;

/** The same when it is all there. */
export type Arrived = Pick<Incoming, 'finish'>;

export interface SnapshotPullOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly snapshots: { receive(...announced: Parameters<Snapshots['receive']>): Promise<Arriving> };
  send(to: ReplicaName, wanted: SnapshotFetch): void;
  /** Only a state of a later slot than this would be of use here, as far as is known now. */
  above(): Slot;
  /**
   * Takes the state over out of a file that is all there. Rejects with a CodedError where it is not to be had, or none for
   * this replica.
   */
  install(file: Arrived): Promise<void>;
  /** For what is no operating failure: nobody may go on. */
  fatal(error: unknown): void;
}

/** For STATUS. */
export interface PullProgress {
  readonly from: ReplicaName;
  readonly slot: Slot;
  readonly have: number;
  readonly size: number;
}

/** What is being received, whoever sends it. */
interface Begun {
  readonly slot: Slot;
  readonly size: number;
  readonly digest: string;
  readonly file: Arriving;
  /** Who announced it or gave parts of it, in this life. */
  readonly givers: Set<ReplicaName>;
  /** Who gave the last one that was of use, and when. */
  giver: ReplicaName;
  gaveAt: number;
}

export class SnapshotPull {
  readonly #options: SnapshotPullOptions;
  readonly #pace: Pace;
  readonly #spurned = new Map<ReplicaName, number>();
  /** Peers that have given something damaged and are to be told so, and of which slot it was. */
  readonly #damaged = new Map<ReplicaName, Slot>();
  /** Whom this replica is asking; null when it is to be told whom. */
  #peer: ReplicaName | null = null;
  /** When the peer was asked what it has not answered; null when it owes nothing. */
  #askedAt: number | null = null;
  #begun: Begun | null = null;
  /** Who did not give the next part of what is begun, and was asked for its newest. */
  #refusedBy: ReplicaName | null = null;
  /** A part is being written, or the whole taken over. */
  #working: Promise<void> | null = null;
  /** The part behind the one that is being written. */
  #waiting: SnapshotPart | null = null;
  #stopped = false;
  /** Code of the last failure, to tell of it once. */
  #failure = '';

  constructor(options: SnapshotPullOptions) {
    this.#options = options;
    this.#pace = new Pace(options.clock, SHARE);
  }

  /** Null when nothing is on its way. */
  get progress(): PullProgress | null {
    if (this.#peer === null || this.#begun === null) return null;
    const { slot: at, size, file } = this.#begun;
    return { from: this.#peer, slot: at, have: file.have, size };
  }

  /** A snapshot of this peer is wanted. Asked again and again, also while it comes. */
  want(peer: ReplicaName): void {
    if (this.#stopped || this.#working !== null) return;
    const now = this.#options.clock.mono();
    if (this.#peer !== null && this.#askedAt !== null) {
      if (now < this.#askedAt + ANSWER_MS) return;
      this.#spurn(this.#peer, 'it does not answer');
    }
    if ((this.#spurned.get(peer) ?? now) > now) return;
    this.#peer = peer;
    this.#ask(peer);
  }

  /** Returns why the part is of no use, null when it is. */
  part(from: ReplicaName, part: SnapshotPart): string | null {
    if (from !== this.#peer || this.#askedAt === null || this.#stopped) return 'it was not asked for';
    this.#askedAt = null;
    this.#damaged.delete(from);
    if (this.#working === null) return this.#use(from, part);
    this.#waiting = part;
    return null;
  }

  /** What was asked of it is lost; somebody else may be asked. */
  linkDown(peer: ReplicaName): void {
    if (peer !== this.#peer) return;
    this.#peer = null;
    this.#askedAt = null;
  }

  /** Resolves when nothing is under way; what has arrived stays. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#pace.hurry();
    await this.#working;
    const begun = this.#begun;
    this.#begun = null;
    this.#waiting = null;
    await begun?.file.close();
  }

  #use(from: ReplicaName, part: SnapshotPart): string | null {
    if (part.size === 0) return this.#refused(from, part.slot);
    if (part.bytes.length === 0 && part.offset < part.size) {
      this.#damaged.set(from, part.slot);
      return this.#spurn(from, 'its file is cut short');
    }
    if (part.slot <= this.#options.above()) return this.#spurn(from, 'its state is too old to be of use here', SOON_MS);
    this.#work(from, this.#take(from, part));
    return null;
  }

  #ask(peer: ReplicaName, begun = this.#begunOfUse, offset = begun?.file.have ?? 0): void {
    this.#askedAt = this.#options.clock.mono();
    this.#options.send(peer, {
      type: 'snapshot-fetch',
      slot: begun?.slot ?? slot(0),
      offset,
      above: this.#options.above(),
      damaged: this.#damaged.get(peer) ?? slot(0),
    });
  }

  /** The log may have come further meanwhile than what is begun. */
  get #begunOfUse(): Begun | null {
    return this.#begun !== null && this.#begun.slot > this.#options.above() ? this.#begun : null;
  }

  /**
   * The peer does not have what was asked for, or cannot read it: it is asked for its newest, once. What has arrived stays:
   * that may be the same file, and another peer may have the rest.
   */
  #refused(peer: ReplicaName, at: Slot): string | null {
    const begun = this.#begunOfUse;
    if (begun === null || at === 0) return this.#spurn(peer, 'the peer has none', SOON_MS);
    if (this.#refusedBy === peer) return this.#spurn(peer, 'it cannot give the next part');
    if (this.#mayReturn(begun, peer)) return this.#spurn(peer, 'another peer has what is begun', SOON_MS);
    this.#refusedBy = peer;
    this.#ask(peer, null);
    return null;
  }

  /** Who gave the last part is not the one that is asked now, but nothing was wrong with it. */
  #mayReturn({ giver, gaveAt }: Begun, asked: ReplicaName): boolean {
    const now = this.#options.clock.mono();
    return giver !== asked && now < gaveAt + RETURN_MS && (this.#spurned.get(giver) ?? now) <= now;
  }

  /** What is done on the disk is done one after the other; then comes the next part, unless there is nobody to ask just now. */
  #work(peer: ReplicaName, work: Promise<void>): void {
    const settled = work.catch((error: unknown) => {
      if (!(error instanceof CodedError)) throw error;
      this.#failed(peer, error);
    });
    this.#working = settled.then(
      () => {
        this.#working = null;
        if (!this.#stopped) this.#goOn();
      },
      (error: unknown) => this.#options.fatal(error),
    );
  }

  #goOn(): void {
    const peer = this.#peer;
    const part = this.#waiting;
    this.#waiting = null;
    if (peer === null) return;
    const reason = part === null ? null : this.#use(peer, part);
    if (reason !== null) this.#options.logger.debug('ignored', { reason: `snapshot-part: ${reason}` });
    else if (part === null && this.#askedAt === null) this.#ask(peer);
  }

  async #take(peer: ReplicaName, part: SnapshotPart): Promise<void> {
    this.#pace.begin();
    const begun = await this.#beginning(peer, part);
    // What an earlier life had received of it need not come again.
    if (part.offset === begun.file.have) {
      const end = part.offset + part.bytes.length;
      if (end < begun.size && this.#peer === peer) this.#ask(peer, begun, end);
      await begun.file.append(part.offset, part.bytes);
      begun.givers.add(peer);
      begun.giver = peer;
      begun.gaveAt = this.#options.clock.mono();
      this.#refusedBy = null;
    }
    if (begun.file.have === begun.size) await this.#finish(begun);
    else await this.#pace.rest(LEAST_REST_MS);
  }

  /** What the part belongs to; what was received of another file is worth nothing any more. */
  async #beginning(peer: ReplicaName, { slot: at, size, digest }: SnapshotPart): Promise<Begun> {
    const begun = this.#begun;
    if (begun !== null && begun.slot === at && begun.size === size && begun.digest === digest) return begun;
    if (begun !== null) await this.#discard(begun);
    const { snapshots, logger, clock } = this.#options;
    const file = await snapshots.receive(at, size, digest);
    this.#begun = { slot: at, size, digest, file, givers: new Set([peer]), giver: peer, gaveAt: clock.mono() };
    logger.info('catches up by a snapshot', { from: peer, slot: at, bytes: size, have: file.have });
    return this.#begun;
  }

  async #finish(begun: Begun): Promise<void> {
    this.#begun = null;
    try {
      await this.#options.install(begun.file);
    } catch (error) {
      const isDamaged = error instanceof CodedError && error.code === 'snapshot-damaged';
      if (isDamaged) for (const giver of begun.givers) this.#damaged.set(giver, begun.slot);
      throw error;
    }
    this.#failure = '';
    this.#peer = null;
  }

  #failed(peer: ReplicaName, error: CodedError): void {
    this.#spurn(peer, error.message, NO_FAULT_OF_PEERS.has(error.code) ? SOON_MS : SPURN_MS);
    if (error.code === this.#failure) return;
    this.#failure = error.code;
    this.#options.logger.error('cannot take a snapshot over', { from: peer, code: error.code, reason: error.message });
  }

  #spurn(peer: ReplicaName, why: string, forMs = SPURN_MS): string {
    this.#spurned.set(peer, this.#options.clock.mono() + forMs);
    this.#peer = null;
    this.#askedAt = null;
    this.#refusedBy = null;
    return why;
  }

  async #discard(begun: Begun): Promise<void> {
    this.#begun = null;
    await begun.file.discard();
  }
}
