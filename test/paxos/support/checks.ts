/**
 * What must hold in a world of cores, looked at after every event: one value per slot for ever, votes kept across restarts, at
 * most one lease in true time, every command at most once and every acknowledged one at a slot, no read behind what was
 * acknowledged before it began.
 */

import type { ReplicaName, Sequence, Slot } from '#src/base/ids.js';
import { type Ballot, ballotText, compareBallots, NO_BALLOT } from '#src/paxos/ballot.js';
import type { Decided, ReadGrant } from '#src/paxos/effects.js';
import type { Value } from '#src/paxos/value.js';
import { forEachParcel } from '#src/wire/parcel.js';
import type { Node } from './node.js';

interface Read {
  readonly id: number;
  /** What it must at least see. */
  readonly floor: number;
}

export class Checks {
  readonly #chosen = new Map<Slot, string>();
  readonly #promised = new Map<ReplicaName, Ballot>();
  readonly #executed = new Map<string, Slot>();
  readonly #reads = new Map<ReplicaName, { asked: number; waiting: Read[]; granted: ReadGrant | null }>();
  /** Highest slot that an acknowledged write or a completed read was at. */
  #floor = 0;
  writes = 0;
  reads = 0;
  /** Stores were lost beyond what the protocol can bear: slots may hold other values than they did. */
  historiesApart = false;

  restarted(node: Node): void {
    const promised = node.replica?.acceptorState().promised ?? NO_BALLOT;
    const before = this.#promised.get(node.name);
    // A promise that was never durable may be lost, but then no vote left on its strength; only a fresh store starts over.
    if (before !== undefined && node.groups.length === 0) this.#promised.delete(node.name);
    else this.#promised.set(node.name, promised);
    this.#reads.set(node.name, { asked: this.#reads.get(node.name)?.asked ?? 0, waiting: [], granted: null });
  }

  decided(node: Node, { slot, value }: Decided): void {
    const text = textOf(value);
    const before = this.#chosen.get(slot);
    if (before !== undefined && before !== text && !this.historiesApart) {
      throw new Error(`slot ${slot} is ${text} at ${node.name}, was ${before}`);
    }
    this.#chosen.set(slot, text);
  }

  state(node: Node, nodes: readonly Node[], mono: number): void {
    const state = node.replica?.acceptorState();
    if (state === undefined) return;
    const before = this.#promised.get(node.name) ?? NO_BALLOT;
    if (compareBallots(state.promised, before) < 0) throw new Error(`${node.name} forgot ${ballotText(before)}`);
    this.#promised.set(node.name, state.promised);
    const leases = nodes.filter((other) => (other.replica?.view(other.now(mono)).leaseLeftMs ?? 0) > 0);
    if (leases.length > 1) throw new Error(`leases at ${leases.map(({ name }) => name).join(' and ')}`);
  }

  /** A command of the node's own was applied there: acknowledged. */
  answered(node: Node, number: Sequence, slot: Slot, mono: number): void {
    const key = `${node.store}.${node.lives}.${number}`;
    const before = this.#executed.get(key);
    if (before !== undefined) throw new Error(`${key} executed at ${before} and at ${slot} (${mono})`);
    this.#executed.set(key, slot);
    this.#floor = Math.max(this.#floor, slot);
    this.writes += 1;
  }

  /** A read begins now; its id. */
  asked(node: Node): number {
    const reads = this.#of(node);
    reads.asked += 1;
    reads.waiting.push({ id: reads.asked, floor: this.#floor });
    return reads.asked;
  }

  granted(node: Node, grant: ReadGrant, _mono: number): void {
    this.#of(node).granted = grant;
  }

  /** Evaluates the reads whose slot is applied. */
  readable(node: Node, mono: number): void {
    const reads = this.#of(node);
    const { granted } = reads;
    if (granted === null || node.machine.applied < granted.slot) return;
    const ready = reads.waiting.filter(({ id }) => id <= granted.upTo);
    for (const { id, floor } of ready) {
      if (node.machine.applied < floor) {
        throw new Error(
          `read ${id} at ${node.name} sees slot ${node.machine.applied}, ${floor} was acknowledged (${mono})`,
        );
      }
      this.reads += 1;
    }
    if (ready.length > 0) this.#floor = Math.max(this.#floor, granted.slot);
    reads.waiting = reads.waiting.filter(({ id }) => id > granted.upTo);
    reads.granted = null;
  }

  /** Every two nodes hold the same wherever both have applied. */
  equal(nodes: readonly Node[]): void {
    const [first, ...rest] = nodes;
    for (const node of rest) {
      if (first?.machine.applied !== node.machine.applied) throw new Error(`${node.name} did not catch up`);
      if (first.machine.revision !== node.machine.revision) throw new Error(`${node.name} counts other revisions`);
    }
    const executed = new Set<string>();
    for (const decided of first?.decided ?? []) {
      if (decided?.value.type !== 'batch') continue;
      forEachParcel(decided.value.bytes, (header) =>
        executed.add(`${header.store}.${header.incarnation}.${header.first}`),
      );
    }
    for (const key of this.#executed.keys())
      if (!executed.has(key)) throw new Error(`${key} was acknowledged and is lost`);
  }

  nothingWaits(): void {
    for (const [name, { waiting }] of this.#reads) {
      if (waiting.length > 0) throw new Error(`${waiting.length} reads at ${name} were never answered`);
    }
  }

  #of(node: Node): { asked: number; waiting: Read[]; granted: ReadGrant | null } {
    const known = this.#reads.get(node.name);
    if (known !== undefined) return known;
    const fresh = { asked: 0, waiting: [], granted: null };
    this.#reads.set(node.name, fresh);
    return fresh;
  }
}

function textOf(value: Value): string {
  if (value.type === 'noop') return 'noop';
  if (value.type === 'configuration') return JSON.stringify(value);
  return `${value.stamp}:${Buffer.from(value.bytes).toString('base64')}`;
}
