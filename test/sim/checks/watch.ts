/**
 * Puts the checks together: takes what every core is told and asks for, and what replicas hold after each of their tasks, and
 * hands it to the check that it concerns. It also recognises the rare states for the coverage.
 */

import type { StoreId } from '#src/base/ids.js';
import type { StateMachine } from '#src/kv/state-machine.js';
import { describeEffects, describeInput } from '#src/paxos/describe.js';
import type { Effects, Input, Now, Recovered } from '#src/paxos/effects.js';
import type { Replica } from '#src/paxos/replica.js';
import type { Machine } from '../world/machine.js';
import type { World } from '../world/world.js';
import { Bindings } from './bindings.js';
import { Chronicle, type ChronicleEvents } from './chronicle.js';
import type { Coverage } from './coverage.js';
import { Rarities } from './rarities.js';
import { Stamps } from './stamps.js';
import { digestOf } from './values.js';
import { BEYOND_PROOF, Violation } from './violation.js';
import { Votes } from './votes.js';
import { isVote, WatchedLife } from './watched-life.js';

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
  /** Stores whose log has to tell that its end is lost, and what had been done to their disks by then. */
  readonly #noted = new Map<StoreId, number>();
  #leaders = 0;
  #wasWrong = false;

  constructor(world: World, coverage: Coverage, writes: Pick<ChronicleEvents, 'executed' | 'repeats' | 'expired'>) {
    this.#world = world;
    this.#coverage = coverage;
    this.#rarities = new Rarities(coverage);
    this.#stamps = new Stamps(world.machines.length);
    this.votes = new Votes(world.machines.length);
    this.chronicle = new Chronicle({
      ...writes,
      happened: (what) => coverage.note(what),
      duplicateSkipped: () => coverage.note('a duplicate was skipped'),
    });
  }

  /** A state was made wrong on purpose, and may have been shown before anybody could know. */
  get wasWrong(): boolean {
    return this.#wasWrong;
  }

  /** A core took a step; before anything that it asks for is done. */
  stepped(core: Replica, input: Input, effects: Effects, now: Now): void {
    const machine = this.#world.acting;
    if (machine === null || machine.process === null) return;
    // Half of all steps are ends of turns that change nothing; they show where the clocks are.
    if (input.type === 'flush' && isNothing(effects) && this.#lives.get(machine)?.core === core) {
      this.#stamps.read(machine.name, now.wall, machine.process.now);
      return;
    }
    this.#world.check(() => this.#step(machine, core, input, effects, now));
  }

  /** A replica has done something: looks at where that has left it. */
  acted(machine: Machine): void {
    const life = this.#lives.get(machine);
    if (life === undefined || machine.replica === null) return;
    const { machine: state } = machine.replica.inside.recovered;
    this.#doubts(life, state, machine.name);
    const before = life.applied;
    if (state.applied !== before) {
      life.appliedUpTo(state.applied);
      const mustCompareAll =
        life.isNew || Math.floor(state.applied / CONTENTS_EVERY) > Math.floor(before / CONTENTS_EVERY);
      life.isNew = false;
      this.#compare(machine, state, mustCompareAll);
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
    if (this.#noted.get(identity.store) === machine.damages && !recovered.recovered.lost)
      throw new Violation('a lost end stays known', `${machine.name} had noted that its log lost its end, and forgot`);
    this.votes.cameBack(identity.store, machine.name, recovered.recovered, machine.isDamaged);
    machine.knowsFounding ||= this.votes.knowsFounding(identity.store);
    const life = this.#lives.get(machine);
    if (life !== undefined) {
      this.#doubts(life, state, machine.name);
      this.#began(life, state, recovered.recovered);
    }
    this.#compare(machine, state, true);
  }

  #began(life: WatchedLife, { applied }: StateMachine, { faulty, lost }: Recovered): void {
    life.appliedUpTo(applied);
    life.isLost ||= lost;
    for (const { from, to } of faulty) for (let slot = from as number; slot <= to; slot++) life.faulty.add(slot);
    if (faulty.length > 0) this.#coverage.note('a log came back with faulty slots');
  }

  /** However many have the wrong state because one gave it to them, those that are right are not taken for wrong. */
  #doubts(life: WatchedLife, state: StateMachine, who: string): void {
    if (!life.hasDiverged) return;
    life.hasDiverged = false;
    if (this.chronicle.agrees(state))
      throw new Violation('only a wrong state is distrusted', `${who} distrusts its state, which is what the log says`);
  }

  /** A state that was made wrong on purpose is left alone until it is right again; what is told of it must be right. */
  #compare(machine: Machine, state: StateMachine, all: boolean): void {
    machine.isWrong = this.#isWrong(machine, state);
    if (machine.isWrong) return;
    this.chronicle.digest(state, machine.name);
    if (all) this.chronicle.compareContents(state, machine.name, this.keys);
    else this.chronicle.compare(state, machine.name);
  }

  /** Where one state was made wrong, its snapshots may bring that back, and to others before anybody can know. */
  #isWrong(machine: Machine, state: StateMachine): boolean {
    if (machine.isWrong) this.#wasWrong = true;
    if (!this.#wasWrong || this.chronicle.agrees(state)) return false;
    const others = this.#world.machines.filter((each) => each !== machine);
    if (!machine.isWrong && others.some(({ isWrong }) => isWrong)) this.#coverage.note('a wrong state was spread');
    if (others.every(({ isWrong }) => isWrong)) throw new Violation(BEYOND_PROOF, 'there is no right state any more');
    // Its snapshots may be put away for it, and its log no longer reach back far enough.
    machine.isDamaged = true;
    return true;
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
    else if (input.type === 'trimmed') this.#trimmed(machine, input.firstSlot);
    for (const record of effects.records) this.votes.appended(life.votes, record);
    this.#repairs(machine, life, input, effects);
    if (life.faulty.size > 0) this.#heals(life, effects);
    life.step(input, effects, mono);
    this.#decided(name, now, effects);
    if (effects.read !== null) life.reads.granted(effects.read);
    for (const role of effects.roles) {
      if (role.type === 'led') this.#leads(machine, true);
      else if (role.type === 'stopped') this.#leads(machine, false);
    }
  }

  /** What the log lets go of is in a snapshot that is durable, and durably decided. */
  #trimmed(machine: Machine, firstSlot: number): void {
    const { name, disk, replica, snapshotTaken } = machine;
    const kept = Math.max(disk.durableSnapshots().at(-1) ?? 0, snapshotTaken);
    const decided = replica?.inside.recovered.log.decided ?? firstSlot;
    if (firstSlot - 1 <= Math.min(kept, decided)) return;
    throw new Violation(
      'nothing is trimmed before its time',
      `${name} trims its log up to slot ${firstSlot - 1}, with ${kept} in a durable snapshot and ${decided} durably decided`,
    );
  }

  #repairs({ name, damages }: Machine, life: WatchedLife, input: Input, effects: Effects): void {
    const { store } = life.votes;
    if (effects.repair !== null) {
      life.repair = effects.repair;
      this.#noted.delete(store);
    }
    if (effects.roles.some(({ type }) => type === 'lost-log')) this.votes.noticed(store);
    if (input.type === 'loss-noted') this.#noted.set(store, damages);
    if (input.type === 'repaired' && life.repair !== null) {
      this.votes.repaired(store, name, life.repair, life.decided);
      life.repair = null;
    }
    if (this.votes.lacksUnnoticed(store) && effects.sends.some(({ message }) => isVote(message)))
      throw new Violation(BEYOND_PROOF, `${name} lost the end of its log, and nobody remembers that there was one`);
  }

  #heals({ faulty }: WatchedLife, { records, decided, sends }: Effects): void {
    if (sends.some(({ message }) => message.type === 'promise')) this.#coverage.note('a faulty slot was reported');
    for (const record of records) {
      if (record.type === 'promised' || !faulty.delete(record.slot)) continue;
      this.#coverage.note(`a faulty slot was healed by ${record.type === 'accepted' ? 'an Accept' : 'a fetch'}`);
    }
    for (const { slot } of decided) faulty.delete(slot);
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
    this.#stamps.cameBack(name, core.acceptorState().highestSlot, this.#world.timeline.now);
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

function isNothing({ records, decided, read, sends, ranges, repair, divergence, roles, ignored }: Effects): boolean {
  const lists = records.length + decided.length + sends.length + ranges.length + roles.length + ignored.length;
  return lists === 0 && read === null && repair === null && divergence === null;
}
