/**
 * Puts the checks together: takes what every core is told and asks for, and what replicas hold after each of their tasks, and
 * hands it to the check that it concerns. It also recognises the rare states for the coverage.
 */

import { describeEffects, describeInput } from '#src/paxos/describe.js';
import type { Effects, Input } from '#src/paxos/effects.js';
import type { Replica } from '#src/paxos/replica.js';
import type { Machine } from '../world/machine.js';
import type { World } from '../world/world.js';
import { Chronicle } from './chronicle.js';
import type { Coverage } from './coverage.js';
import { Rarities } from './rarities.js';
import { digestOf } from './values.js';
import { Violation } from './violation.js';
import { type LifeState, Votes } from './votes.js';

/** What is known of the replica on one machine, in its present life. */
interface Watched {
  life: LifeState | null;
  core: Replica | null;
  applied: number;
  decided: number;
  /** Thinks that it leads. */
  leads: boolean;
}

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
  readonly #watched = new Map<Machine, Watched>();
  readonly #lives = new Map<string, number>();
  #leaders = 0;

  constructor(world: World, coverage: Coverage, executed: (token: string) => void) {
    this.#world = world;
    this.#coverage = coverage;
    this.#rarities = new Rarities(coverage);
    this.votes = new Votes(world.machines.length);
    this.chronicle = new Chronicle({ executed, duplicateSkipped: () => coverage.note('a duplicate was skipped') });
  }

  /** A core took a step; before anything that it asks for is done. */
  stepped(core: Replica, input: Input, effects: Effects): void {
    const machine = this.#world.acting;
    if (machine === null || machine.process === null) return;
    this.#world.check(() => this.#step(machine, core, input, effects));
  }

  /** A replica has done something: looks at where that has left it. */
  acted(machine: Machine): void {
    const replica = machine.replica;
    if (replica === null) return;
    const watched = this.#of(machine);
    const { machine: state } = replica.inside.recovered;
    if (state.applied !== watched.applied) {
      if (state.applied < watched.applied)
        throw new Violation(
          'applied never regresses',
          `${machine.name} went from slot ${watched.applied} to ${state.applied}`,
        );
      const mustCompareAll = Math.floor(state.applied / CONTENTS_EVERY) > Math.floor(watched.applied / CONTENTS_EVERY);
      watched.applied = state.applied;
      if (mustCompareAll) this.chronicle.compareContents(state, machine.name, this.keys);
      else this.chronicle.compare(state, machine.name);
    }
    if (this.#leaders > 1) this.#oneLease();
  }

  /** Its log was opened and everything in it applied. */
  started(machine: Machine): void {
    const { recovered } = machine.replica?.inside ?? {};
    if (recovered === undefined) return;
    const watched = this.#of(machine);
    const { identity, machine: state } = recovered;
    this.#rises(identity.store, identity.incarnation, machine.name);
    this.votes.cameBack(identity.store, machine.name, recovered.recovered);
    watched.applied = state.applied;
    this.chronicle.compareContents(state, machine.name, this.keys);
  }

  died(machine: Machine): void {
    this.#leads(machine, false);
    this.#watched.delete(machine);
  }

  #step(machine: Machine, core: Replica, input: Input, effects: Effects): void {
    if (this.#world.tellsSteps) this.#tellStep(machine.name, input, effects);
    const watched = this.#of(machine);
    const life = this.#lifeOf(machine, core, watched, effects);
    this.#rarities.step(machine.name, input, effects);
    if (input.type === 'persisted') this.votes.persisted(life, input.lsn);
    for (const record of effects.records) this.votes.appended(life, record);
    for (const { slot, value } of effects.decided) {
      if (slot !== watched.decided + 1)
        throw new Violation('decided in order', `${machine.name} decided slot ${slot} after ${watched.decided}`);
      watched.decided = slot;
      if (this.chronicle.decided(slot, value, machine.name)) {
        this.votes.decided(slot, value, machine.name);
        this.#world.hash.add(slot, digestOf(value));
        this.#world.tell(machine.name, `is the first to decide slot ${slot}: ${value.type}`);
      }
    }
    for (const role of effects.roles) {
      if (role.type === 'led') this.#leads(machine, true);
      else if (role.type === 'stopped') this.#leads(machine, false);
    }
  }

  #lifeOf(machine: Machine, core: Replica, watched: Watched, effects: Effects): LifeState {
    if (watched.life !== null && watched.core === core) return watched.life;
    const { store, decided } = core.view({ mono: 0, wall: 0 });
    watched.core = core;
    watched.decided = decided - effects.decided.length;
    watched.life = this.votes.begins(store, machine.name);
    return watched.life;
  }

  #tellStep(who: string, input: Input, effects: Effects): void {
    const asked = describeEffects(effects);
    if (input.type === 'flush' && asked.length === 0) return;
    this.#world.tell(who, `${describeInput(input)}${asked.map((line) => `\n${' '.repeat(17)}→ ${line}`).join('')}`);
  }

  #of(machine: Machine): Watched {
    let watched = this.#watched.get(machine);
    if (watched === undefined) {
      watched = { life: null, core: null, applied: 0, decided: 0, leads: false };
      this.#watched.set(machine, watched);
    }
    return watched;
  }

  #leads(machine: Machine, leads: boolean): void {
    const watched = this.#of(machine);
    if (watched.leads === leads) return;
    watched.leads = leads;
    this.#leaders += leads ? 1 : -1;
  }

  /** In true time, by the clock of each one that thinks it leads. */
  #oneLease(): void {
    this.#coverage.note('two thought that they led');
    const holders: string[] = [];
    for (const [machine, { leads }] of this.#watched) {
      const view = leads ? machine.view() : null;
      if (view !== null && view.leaseLeftMs > 0)
        holders.push(`${machine.name} for another ${view.leaseLeftMs.toFixed(1)} ms`);
    }
    if (holders.length > 1) throw new Violation('one lease', `valid leases at ${holders.join(' and ')}`);
  }

  #rises(store: string, incarnation: number, who: string): void {
    const before = this.#lives.get(store) ?? 0;
    if (incarnation <= before)
      throw new Violation('incarnations rise', `${who} lives as ${incarnation} after ${before}`);
    this.#lives.set(store, incarnation);
  }
}
