/**
 * Puts the checks together: takes what every core is told and asks for, and what replicas hold after each of their tasks, and
 * hands it to the check that it concerns. It also recognises the rare states for the coverage.
 */

import type { StoreId } from '#src/base/ids.js';
import { describeEffects, describeInput } from '#src/paxos/describe.js';
import type { Effects, Input, Now } from '#src/paxos/effects.js';
import type { Replica } from '#src/paxos/replica.js';
import type { Machine } from '../world/machine.js';
import type { World } from '../world/world.js';
import { Bindings } from './bindings.js';
import { Chronicle } from './chronicle.js';
import type { Coverage } from './coverage.js';
import { Rarities } from './rarities.js';
import { Stamps } from './stamps.js';
import { digestOf } from './values.js';
import { Violation } from './violation.js';
import { Votes } from './votes.js';
import { WatchedLife } from './watched-life.js';

/** Slots between two comparisons of everything that a replica holds. */
const CONTENTS_EVERY = 64;

export class Watch {
  readonly chronicle: Chronicle;
  readonly votes: Votes;
  /** Every key that a client has written. */
  readonly keys = new Set<string>();
  readonly #world: World;
  readonly #coverage: Coverage;
  readonly #rarities: Rarities;
  readonly #stamps: Stamps;
  /** In their present lives, from the first step on. */
  readonly #lives = new Map<Machine, WatchedLife>();
  readonly #incarnations = new Map<StoreId, number>();
  /** The stores that a machine has had. */
  readonly #stores = new Map<string, StoreId[]>();
  #leaders = 0;

  constructor(world: World, coverage: Coverage, executed: (token: string) => void) {
    this.#world = world;
    this.#coverage = coverage;
    this.#rarities = new Rarities(coverage);
    this.#stamps = new Stamps(world.machines.length);
    this.votes = new Votes(world.machines.length);
    this.chronicle = new Chronicle({ executed, duplicateSkipped: () => coverage.note('a duplicate was skipped') });
  }

  /** A core took a step; before anything that it asks for is done. */
  stepped(core: Replica, input: Input, effects: Effects, now: Now): void {
    const machine = this.#world.acting;
    if (machine === null || machine.process === null) return;
    this.#world.check(() => this.#step(machine, core, input, effects, now));
  }

  /** A replica has done something: looks at where that has left it. */
  acted(machine: Machine): void {
    const life = this.#lives.get(machine);
    if (life === undefined || machine.replica === null) return;
    const { machine: state } = machine.replica.inside.recovered;
    const before = life.applied;
    if (state.applied !== before) {
      life.appliedUpTo(state.applied);
      const mustCompareAll = Math.floor(state.applied / CONTENTS_EVERY) > Math.floor(before / CONTENTS_EVERY);
      if (mustCompareAll) this.chronicle.compareContents(state, machine.name, this.keys);
      else this.chronicle.compare(state, machine.name);
    }
    // Only what a leader does itself can give it a lease.
    if (this.#leaders > 1 && machine.leads) this.#oneLease();
  }

  /** Its log was opened and everything in it applied. */
  started(machine: Machine): void {
    const { recovered } = machine.replica?.inside ?? {};
    if (recovered === undefined) return;
    const { identity, machine: state } = recovered;
    this.#rises(identity.store, identity.incarnation, machine.name);
    this.votes.cameBack(identity.store, machine.name, recovered.recovered);
    machine.knowsFounding ||= this.votes.knowsFounding(identity.store);
    this.#lives.get(machine)?.appliedUpTo(state.applied);
    this.chronicle.compareContents(state, machine.name, this.keys);
  }

  died(machine: Machine): void {
    this.#leads(machine, false);
    this.#lives.delete(machine);
  }

  #step(machine: Machine, core: Replica, input: Input, effects: Effects, { mono, wall }: Now): void {
    const { name } = machine;
    if (this.#world.tellsSteps) this.#tellStep(name, input, effects);
    const life = this.#lifeOf(machine, core, effects);
    this.#rarities.step(input, effects);
    const now = machine.process?.now ?? this.#world.timeline.now;
    this.#stamps.read(name, wall, now);
    if (input.type === 'persisted') {
      this.votes.persisted(life.votes, input.lsn);
      machine.knowsFounding ||= this.votes.knowsFounding(life.votes.store);
    } else if (input.type === 'read') life.reads.asked(input.id, this.chronicle.last);
    else if (input.type === 'message') this.#received(input);
    for (const record of effects.records) this.votes.appended(life.votes, record);
    life.step(input, effects, mono);
    this.#decided(name, now, effects);
    if (effects.read !== null) life.reads.granted(effects.read);
    for (const role of effects.roles) {
      if (role.type === 'led') this.#leads(machine, true);
      else if (role.type === 'stopped') this.#leads(machine, false);
    }
  }

  #received({ from, message }: Extract<Input, { type: 'message' }>): void {
    if (message.type !== 'promise' && message.type !== 'accepted' && message.type !== 'prepare') return;
    this.votes.received(this.#stores.get(from) ?? [], from, message);
  }

  /** `now`: true time, as far as this replica's process has come. */
  #decided(who: string, now: number, { decided }: Effects): void {
    for (const { slot, value } of decided) {
      if (!this.chronicle.decided(slot, value, who)) continue;
      this.votes.decided(slot, value, who);
      if (value.type === 'batch') this.#stamps.decided(slot, value.stamp, now);
      this.#world.hash.add(slot, digestOf(value));
      if (this.#world.tellsSteps) this.#world.tell(who, `is the first to decide slot ${slot}: ${value.type}`);
    }
  }

  #lifeOf(machine: Machine, core: Replica, effects: Effects): WatchedLife {
    const known = this.#lives.get(machine);
    if (known?.core === core) return known;
    const { name } = machine;
    const { store, decided } = core.view({ mono: 0, wall: 0 });
    const stores = this.#stores.get(name) ?? [];
    const hasLivedBefore = stores.includes(store);
    if (!hasLivedBefore) this.#stores.set(name, [...stores, store]);
    const bindings = new Bindings(name, machine.settings.timing.leaseMs, hasLivedBefore, machine.startedMono);
    const life = new WatchedLife(
      name,
      core,
      this.votes.begins(store, name),
      bindings,
      decided - effects.decided.length,
    );
    this.#lives.set(machine, life);
    return life;
  }

  #tellStep(who: string, input: Input, effects: Effects): void {
    const asked = describeEffects(effects);
    if (input.type === 'flush' && asked.length === 0) return;
    this.#world.tell(who, `${describeInput(input)}${asked.map((line) => `\n${' '.repeat(17)}→ ${line}`).join('')}`);
  }

  #leads(machine: Machine, leads: boolean): void {
    if (machine.leads === leads) return;
    machine.leads = leads;
    this.#leaders += leads ? 1 : -1;
  }

  /** In true time, by the clock of each one that thinks it leads. */
  #oneLease(): void {
    this.#coverage.note('two thought that they led');
    const holders: string[] = [];
    for (const machine of this.#lives.keys()) {
      const view = machine.leads ? machine.view() : null;
      if (view !== null && view.leaseLeftMs > 0)
        holders.push(`${machine.name} for another ${view.leaseLeftMs.toFixed(1)} ms`);
    }
    if (holders.length > 1) throw new Violation('one lease', `valid leases at ${holders.join(' and ')}`);
  }

  #rises(store: StoreId, incarnation: number, who: string): void {
    const before = this.#incarnations.get(store) ?? 0;
    if (incarnation <= before) {
      throw new Violation('incarnations rise', `${who} lives as ${incarnation} after ${before}`);
    }
    this.#incarnations.set(store, incarnation);
  }
}
