/**
 * A cluster of cores in one process, on one seed: links that delay, cut and come back, disks that take their time, crashes. The
 * network keeps the order of one lane of one link, as TCP does. What is checked after every event is in checks.ts; this file
 * only makes things happen.
 */

import { type Incarnation, incarnation, type ReplicaName, replicaName, type StoreId, storeId } from '#src/base/ids.js';
import type { Effects, Input } from '#src/paxos/effects.js';
import { laneOf, type PeerMessage } from '#src/paxos/message.js';
import { DEFAULT_TIMING, type Timing } from '#src/paxos/timing.js';
import { Checks } from './checks.js';
import { Node } from './node.js';
import { Random } from './random.js';
import { Uplinks } from './uplinks.js';

export interface WorldOptions {
  readonly seed: number;
  readonly replicas: number;
  readonly reads: 'lease' | 'quorum';
  readonly timing?: Timing;
  /** Ms one way, least and most. */
  readonly delay?: readonly [number, number];
  readonly diskMs?: readonly [number, number];
  /** Chance that a message is lost although its link stays up. */
  readonly loss?: number;
}

interface Event {
  readonly at: number;
  readonly order: number;
  readonly fire: () => void;
}

/** A directed pair, as text. */
type Way = string;
const way = (from: ReplicaName, to: ReplicaName): Way => `${from}>${to}`;

export class World {
  readonly random: Random;
  readonly nodes: readonly Node[];
  readonly checks = new Checks();
  readonly options: Required<WorldOptions>;
  /** One line for everything that happened, when somebody wants to read it. */
  story: string[] | null = null;
  /** Sees what a replica asks for before it is performed, when somebody wants to tell it. */
  observer: ((node: Node, effects: Effects) => void) | null = null;
  /** Says of a message that would leave now that it stays, when somebody wants to hand it on later or never. */
  detains: ((from: Node, to: Node, message: PeerMessage) => boolean) | null = null;
  mono = 0;
  /** Chance that a message is lost although its link stays up; may be changed while the world runs. */
  loss: number;
  readonly uplinks = new Uplinks();
  /** Replicas whose disk is slower than the others', ms a write; may be changed while the world runs. */
  readonly slowDisks = new Map<ReplicaName, number>();
  #order = 0;
  #events: Event[] = [];
  /** Ways along which nothing gets through; a link exists while neither direction is cut by `cut`. */
  readonly #muted = new Set<Way>();
  readonly #severed = new Set<Way>();
  readonly #links = new Map<Way, number>();
  readonly #busyUntil = new Map<string, number>();
  readonly #wake = new Map<ReplicaName, number>();
  readonly #turn = new Set<ReplicaName>();
  readonly #paused = new Map<ReplicaName, number>();
  readonly #postponed = new Map<ReplicaName, readonly Input[]>();
  readonly #remembered = new Map<StoreId, Incarnation>();
  #epoch = 0;
  #stores = 0;

  constructor(options: WorldOptions) {
    this.options = { timing: DEFAULT_TIMING, delay: [0.1, 0.5], diskMs: [0.2, 1], loss: 0, ...options };
    this.random = new Random(options.seed);
    this.loss = this.options.loss;
    const names = Array.from({ length: options.replicas }, (_, i) => replicaName(String.fromCharCode(97 + i)));
    this.nodes = names.map((name, i) => {
      const priority = names.length - i;
      const { timing, reads } = this.options;
      return new Node({ name, names, priority, timing, reads }, this.#newStore(), this.random.below(2_000));
    });
  }

  node(name: string): Node {
    const found = this.nodes.find((node) => node.name === name);
    if (found === undefined) throw new Error(`no replica ${name}`);
    return found;
  }

  startAll(): void {
    for (const node of this.nodes) this.start(node);
  }

  start(node: Node): void {
    node.start(this.mono);
    this.#note(`${node.name} starts, life ${node.lives}`);
    this.checks.restarted(node);
    this.#wakeAt(node, this.mono);
    for (const other of this.nodes) if (other !== node) this.#connect(node, other);
  }

  crash(node: Node): void {
    this.#note(`${node.name} crashes`);
    node.crash(this.mono);
    this.#paused.delete(node.name);
    this.#turn.delete(node.name);
    this.#wake.delete(node.name);
    this.#postponed.delete(node.name);
    this.#held.delete(node.name);
    for (const other of this.nodes) if (other !== node) this.#disconnect(node, other);
  }

  wipe(node: Node): void {
    node.wipe(this.#newStore());
  }

  /** Nothing of the node happens for so long; time goes on for everybody else. */
  pause(node: Node, forMs: number): void {
    this.#note(`${node.name} stops for ${forMs} ms`);
    this.#paused.set(node.name, this.mono + forMs);
  }

  /** Cuts the link: both sides notice at once. */
  cut(a: Node, b: Node): void {
    this.#severed.add(way(a.name, b.name)).add(way(b.name, a.name));
    this.#disconnect(a, b);
  }

  /** Nothing from a reaches b any more, and nobody is told. */
  mute(a: Node, b: Node): void {
    this.#muted.add(way(a.name, b.name));
  }

  /** No bulk from a reaches b any more; the pulse between them lives. */
  clog(a: Node, b: Node): void {
    this.#muted.add(`${way(a.name, b.name)}/data`);
  }

  heal(): void {
    this.#severed.clear();
    this.#muted.clear();
    for (const a of this.nodes) for (const b of this.nodes) if (a.name < b.name) this.#connect(a, b);
  }

  isLinked(a: Node, b: Node): boolean {
    return this.#links.has(way(a.name, b.name));
  }

  /** Lets time pass; until the condition holds, if one is given. True when it holds. */
  run(forMs: number, until: () => boolean = () => false): boolean {
    const end = this.mono + forMs;
    let since = this.mono;
    for (let events = 0; !until(); events++) {
      const event = this.#events[0];
      if (event === undefined || event.at > end) {
        this.mono = end;
        return until();
      }
      this.#events.shift();
      this.mono = Math.max(this.mono, event.at);
      if (this.mono > since + 1) [since, events] = [this.mono, 0];
      if (events > 20_000) throw new Error(`20,000 events within a millisecond at ${this.mono}`);
      event.fire();
    }
    return true;
  }

  /** The replica that everybody up follows and that is established; null when there is none. */
  leader(): Node | null {
    const up = this.nodes.filter((node) => node.replica !== null);
    const leaders = up.filter((node) => {
      const view = node.replica?.view(node.now(this.mono));
      return view?.role === 'leader' && view.established;
    });
    return leaders.length === 1 ? (leaders[0] ?? null) : null;
  }

  at(inMs: number, fire: () => void): void {
    const event = { at: this.mono + inMs, order: this.#order++, fire };
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#events[middle];
      if (other !== undefined && (other.at < event.at || (other.at === event.at && other.order < event.order))) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    this.#events.splice(low, 0, event);
  }

  /** Steps a replica and performs what it asks for; its turn ends a moment later. */
  input(node: Node, input: Input): void {
    if (node.replica === null) return;
    const until = this.#paused.get(node.name) ?? 0;
    if (until > this.mono) {
      // In their order, when it goes on; a pause may be prolonged meanwhile.
      const waiting = this.#postponed.get(node.name) ?? [];
      this.#postponed.set(node.name, [...waiting, input]);
      if (waiting.length === 0) this.#later(node, until - this.mono, () => this.#goOn(node));
      return;
    }
    this.perform(node, node.step(input, this.mono));
  }

  #goOn(node: Node): void {
    const until = this.#paused.get(node.name) ?? 0;
    if (until > this.mono) {
      this.#later(node, until - this.mono, () => this.#goOn(node));
      return;
    }
    const waiting = this.#postponed.get(node.name) ?? [];
    this.#postponed.delete(node.name);
    for (const input of waiting) this.input(node, input);
  }

  perform(node: Node, effects: Effects): void {
    this.observer?.(node, effects);
    for (const identity of effects.identity) {
      this.#later(node, this.#writeMs(node), () => {
        if (identity.type === 'heard') node.heard.set(identity.name, identity.store);
        this.input(node, { type: 'identity-kept', identity });
      });
    }
    for (const decided of effects.decided) {
      node.machine.apply(decided, node.session, (number) =>
        this.checks.answered(node, number, decided.slot, this.mono),
      );
      this.checks.decided(node, decided);
    }
    if (effects.read !== null) this.checks.granted(node, effects.read, this.mono);
    this.checks.readable(node, this.mono);
    for (const { to, message, after } of effects.sends) {
      for (const name of to) this.#send(node, this.node(name), message, after);
    }
    for (const { peer, from, to } of effects.ranges) {
      const held = node.range(from, to);
      const decidedUpTo = node.replica?.acceptorState().decidedUpTo ?? from;
      this.#send(node, this.node(peer), { type: 'values', first: from, decidedUpTo, firstSlot: from, held }, 0);
    }
    for (const role of effects.roles) this.#note(`${node.name} ${JSON.stringify(role)}`);
    if (effects.ignored.length > 0) this.#note(`${node.name} ignores ${effects.ignored.join('; ')}`);
    for (const { peer, reason } of effects.refusals) {
      this.#note(`${node.name} refuses ${peer}: ${reason}`);
      this.#disconnect(node, this.node(peer));
    }
    this.#wakeAt(node, effects.wakeAt);
    this.checks.state(node, this.nodes, this.mono);
    this.#endTurn(node);
  }

  #endTurn(node: Node): void {
    if (this.#turn.has(node.name)) return;
    this.#turn.add(node.name);
    this.#later(node, 0, () => {
      if (node.replica !== null) this.perform(node, node.step({ type: 'flush' }, this.mono));
      this.#turn.delete(node.name);
      const lsn = node.append(this.mono + this.#between(node.diskMs ?? this.options.diskMs));
      if (lsn === null) return;
      const { durableAt } = node.groups.at(-1) ?? { durableAt: this.mono };
      this.#later(node, durableAt - this.mono, () => {
        this.#release(node, lsn);
        this.input(node, { type: 'persisted', lsn });
      });
    });
  }

  readonly #held = new Map<
    ReplicaName,
    { readonly to: Node; readonly message: PeerMessage; readonly after: number }[]
  >();

  #send(from: Node, to: Node, message: PeerMessage, after: number): void {
    if (after === 0 || after <= this.#durable(from)) {
      this.#transmit(from, to, message);
      return;
    }
    const held = this.#held.get(from.name) ?? [];
    held.push({ to, message, after });
    this.#held.set(from.name, held);
  }

  #durable(node: Node): number {
    const durable = node.groups.filter(({ durableAt }) => durableAt <= this.mono);
    return durable.at(-1)?.records.at(-1)?.lsn ?? 0;
  }

  #release(node: Node, lsn: number): void {
    const held = this.#held.get(node.name) ?? [];
    this.#held.set(
      node.name,
      held.filter(({ after }) => after > lsn),
    );
    for (const { to, message, after } of held) if (after <= lsn) this.#transmit(node, to, message);
  }

  #transmit(from: Node, to: Node, message: PeerMessage): void {
    if (this.detains?.(from, to, message) !== true) this.deliver(from, to, message);
  }

  /** Puts a message on the way. */
  deliver(from: Node, to: Node, message: PeerMessage): void {
    const epoch = this.#links.get(way(from.name, to.name));
    if (epoch === undefined || this.random.chance(this.loss)) return;
    const lane = `${way(from.name, to.name)}/${laneOf(message)}`;
    const sentAt = this.uplinks.sentAt(from.name, message, this.mono);
    const arrival = Math.max(sentAt + this.#between(this.options.delay), this.#busyUntil.get(lane) ?? 0);
    this.#busyUntil.set(lane, arrival);
    this.at(arrival - this.mono, () => {
      if (this.#links.get(way(from.name, to.name)) !== epoch) return;
      if (this.#muted.has(way(from.name, to.name)) || this.#muted.has(lane)) return;
      this.input(to, { type: 'message', from: from.name, message });
    });
  }

  #connect(a: Node, b: Node): void {
    if (a.replica === null || b.replica === null || this.#links.has(way(a.name, b.name))) return;
    if (this.#severed.has(way(a.name, b.name))) return;
    this.#epoch += 1;
    const epoch = this.#epoch;
    this.at(this.#between([1, 5]), () => {
      if (a.replica === null || b.replica === null || this.#links.has(way(a.name, b.name))) return;
      if (this.#severed.has(way(a.name, b.name))) return;
      this.#links.set(way(a.name, b.name), epoch).set(way(b.name, a.name), epoch);
      for (const [node, peer] of [
        [a, b],
        [b, a],
      ] as const) {
        const remembered = this.#remembered.get(node.store) ?? null;
        this.#remembered.set(node.store, incarnation(node.lives));
        this.input(node, {
          type: 'link-up',
          peer: peer.name,
          store: peer.store,
          incarnation: incarnation(peer.lives),
          remembered: remembered !== null && remembered < node.lives ? remembered : null,
          rememberedLsn: peer.replica?.remembered(node.store) ?? null,
          founding: peer.founding,
        });
      }
    });
  }

  #disconnect(a: Node, b: Node): void {
    if (!this.#links.has(way(a.name, b.name))) return;
    this.#links.delete(way(a.name, b.name));
    this.#links.delete(way(b.name, a.name));
    for (const [node, peer] of [
      [a, b],
      [b, a],
    ] as const) {
      this.#held.set(
        node.name,
        (this.#held.get(node.name) ?? []).filter(({ to }) => to !== peer),
      );
      if (node.replica !== null) this.input(node, { type: 'link-down', peer: peer.name });
    }
    this.at(this.#between([20, 200]), () => this.#connect(a, b));
  }

  #wakeAt(node: Node, mono: number): void {
    if (!Number.isFinite(mono) || this.#wake.get(node.name) === mono) return;
    this.#wake.set(node.name, mono);
    this.#later(node, Math.max(0, mono - this.mono), () => {
      if (this.#wake.get(node.name) !== mono) return;
      this.#wake.delete(node.name);
      this.input(node, { type: 'wake' });
    });
  }

  /** Happens only if the same life of the node is still there. */
  #later(node: Node, inMs: number, fire: () => void): void {
    const life = node.lives;
    this.at(inMs, () => {
      if (node.lives === life && node.replica !== null) fire();
    });
  }

  #writeMs(node: Node): number {
    return this.slowDisks.get(node.name) ?? this.#between(this.options.diskMs);
  }

  #between([least, most]: readonly [number, number]): number {
    return least + this.random.fraction() * (most - least);
  }

  #newStore(): StoreId {
    this.#stores += 1;
    return storeId(this.#stores.toString(16).padStart(32, '0'));
  }

  #note(line: string): void {
    this.story?.push(`${this.mono.toFixed(1)} ${line}`);
  }
}
