/**
 * What this replica knows of the others: links, heartbeats heard, echoes of its own, and from these who is in contact and who is
 * live. It judges nobody fit to lead (ranking.ts does) and counts no grants (lease.ts does).
 */

import { must } from '../base/assert.js';
import { type Incarnation, type Lsn, type ReplicaName, type Slot, type StoreId, slot } from '../base/ids.js';
import { type Ballot, sameBallot } from './ballot.js';
import type { WallReading } from './batch-time.js';
import type { Input } from './effects.js';
import type { Journal } from './journal.js';
import type { Echo, Heartbeat } from './message.js';
import type { SentHeartbeat } from './pulse.js';
import { Resend } from './resend.js';
import { Steadiness } from './steadiness.js';
import { contactMs, type Timing } from './timing.js';

export type LinkUp = Extract<Input, { readonly type: 'link-up' }>;

export interface Neighbour {
  readonly name: ReplicaName;
  readonly steadiness: Steadiness;
  readonly resend: Resend;
  linked: boolean;
  /** The store and incarnation that greeted on the present link, or on the last one. */
  store: StoreId | null;
  incarnation: Incarnation | null;
  /** Digest of the founding slot, by its greeting or its newest heartbeat; '' while it is not known to have one. */
  founding: string;
  /** The newest heartbeat, null before the first of this incarnation. */
  heartbeat: Heartbeat | null;
  /** The applied slot it told in the heartbeat before the newest. */
  appliedBefore: number;
  heardAt: number;
  /** The newest of this replica's heartbeats that it echoed, and that echo. */
  echoed: SentHeartbeat | null;
  echo: Echo | null;
  roundTripMs: number;
  /** Whether the last look found it in contact; to notice changes. */
  inContact: boolean;
  wasInContact: boolean;
  /** The first slot its log has as far as it told; what was before it has only as a snapshot. */
  firstSlot: Slot;
  /** A ballot of its whose binding ran out: it is not live until something newer comes from it. */
  lost: Ballot | null;
}

export class Neighbours {
  readonly all: readonly Neighbour[];
  readonly #byName: ReadonlyMap<ReplicaName, Neighbour>;
  readonly #contactMs: number;
  readonly #journal: Journal;
  /** The highest LSN heard to be durable, per store: a log that ends below it was rolled back. */
  readonly #durable = new Map<StoreId, Lsn>();

  constructor(others: readonly ReplicaName[], timing: Timing, journal: Journal) {
    this.#contactMs = contactMs(timing);
    this.#journal = journal;
    this.all = others.map((name) => ({
      name,
      steadiness: new Steadiness(),
      resend: new Resend(2 * timing.heartbeatMs),
      linked: false,
      store: null,
      incarnation: null,
      founding: '',
      heartbeat: null,
      appliedBefore: 0,
      heardAt: Number.NEGATIVE_INFINITY,
      echoed: null,
      echo: null,
      roundTripMs: 0,
      inContact: false,
      wasInContact: false,
      firstSlot: slot(1),
      lost: null,
    }));
    this.#byName = new Map(this.all.map((neighbour) => [neighbour.name, neighbour]));
  }

  /** The neighbour of that name; messages come only over links to members. */
  get(name: ReplicaName): Neighbour {
    return must(this.#byName.get(name), `${name} is a member`);
  }

  find(name: ReplicaName): Neighbour | undefined {
    return this.#byName.get(name);
  }

  linkUp({ peer, store, incarnation, founding }: LinkUp): Neighbour {
    const neighbour = this.get(peer);
    if (neighbour.store !== store || neighbour.incarnation !== incarnation) {
      neighbour.heartbeat = null;
      neighbour.appliedBefore = 0;
      neighbour.echo = null;
      neighbour.echoed = null;
      neighbour.lost = null;
      neighbour.firstSlot = slot(1);
    }
    neighbour.linked = true;
    neighbour.store = store;
    neighbour.incarnation = incarnation;
    neighbour.founding = founding;
    return neighbour;
  }

  linkDown(name: ReplicaName): void {
    const neighbour = this.get(name);
    neighbour.linked = false;
    neighbour.echoed = null;
    neighbour.echo = null;
  }

  /** Takes a heartbeat; false when it is not newer than the last one. */
  hear(neighbour: Neighbour, heartbeat: Heartbeat, mono: number): boolean {
    const last = neighbour.heartbeat;
    if (last !== null) {
      if (heartbeat.incarnation < last.incarnation) return false;
      if (heartbeat.incarnation === last.incarnation && heartbeat.number <= last.number) return false;
    }
    neighbour.appliedBefore = last?.applied ?? 0;
    neighbour.heartbeat = heartbeat;
    if (heartbeat.founding !== '') neighbour.founding = heartbeat.founding;
    neighbour.heardAt = mono;
    neighbour.firstSlot = heartbeat.firstSlot;
    if (neighbour.store !== null) this.#remember(neighbour.store, heartbeat.durable);
    const { purpose } = heartbeat;
    if (neighbour.lost !== null && !(purpose.type === 'lead' && sameBallot(purpose.ballot, neighbour.lost))) {
      neighbour.lost = null;
    }
    return true;
  }

  /** Takes an echo of a heartbeat of this replica's. Older ones prove nothing that a newer one did not. */
  echoed(neighbour: Neighbour, echo: Echo, sent: SentHeartbeat, mono: number): void {
    if (neighbour.echoed !== null && sent.number < neighbour.echoed.number) return;
    if (neighbour.echoed?.number !== sent.number) neighbour.roundTripMs = mono - sent.mono;
    neighbour.echoed = sent;
    neighbour.echo = echo;
  }

  /** The highest LSN that was ever heard to be durable in the log of a store; null when none was. */
  remembered(store: StoreId): Lsn | null {
    return this.#durable.get(store) ?? null;
  }

  inContact(neighbour: Neighbour, mono: number): boolean {
    return neighbour.linked && neighbour.echoed !== null && neighbour.echoed.mono > mono - this.#contactMs;
  }

  contacts(mono: number): readonly ReplicaName[] {
    return this.all.filter((neighbour) => this.inContact(neighbour, mono)).map(({ name }) => name);
  }

  heardLately(neighbour: Neighbour, mono: number): boolean {
    return neighbour.heardAt > mono - this.#contactMs;
  }

  /** Heard lately, or in contact with a neighbour that was heard lately; and its lease did not just run out in silence. */
  isLive(neighbour: Neighbour, mono: number): boolean {
    if (neighbour.lost !== null) return false;
    return this.heardLately(neighbour, mono) || this.#vouchedFor(neighbour, mono);
  }

  /** Notes contacts gained and lost since the last look; contact regained is trouble. */
  watch(mono: number): void {
    for (const neighbour of this.all) {
      const now = this.inContact(neighbour, mono);
      if (now === neighbour.inContact) continue;
      neighbour.inContact = now;
      this.#journal.role({ type: now ? 'gained-contact' : 'lost-contact', peer: neighbour.name });
      if (now && neighbour.wasInContact) neighbour.steadiness.trouble(mono);
      neighbour.wasInContact = true;
    }
  }

  /** Wall clocks heard lately, for the cluster's time. */
  walls(mono: number): readonly WallReading[] {
    const readings: WallReading[] = [];
    for (const neighbour of this.all) {
      if (neighbour.heartbeat === null || !this.heardLately(neighbour, mono)) continue;
      readings.push({ wallMs: neighbour.heartbeat.wallMs, atMono: neighbour.heardAt });
    }
    return readings;
  }

  #remember(store: StoreId, durable: Lsn): void {
    if (durable > (this.#durable.get(store) ?? 0)) this.#durable.set(store, durable);
  }

  #vouchedFor(absent: Neighbour, mono: number): boolean {
    return this.all.some(
      (other) =>
        other !== absent && this.heardLately(other, mono) && (other.heartbeat?.contacts.includes(absent.name) ?? false),
    );
  }
}
