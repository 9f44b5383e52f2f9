/**
 * One trial: a small cluster takes a few writes, one of its replicas goes down and so may others, something is done to that
 * replica's files, and all come back. Then it has to be well again by itself, or to have refused to start, and every
 * replica is asked for every key. The checks of the simulation watch all the while: votes, decisions, reads, states.
 */

import { CodedError } from '#src/base/errors.js';
import type { StateMachine } from '#src/kv/state-machine.js';
import type { Settings } from '#src/node/settings.js';
import { BEYOND_PROOF, Violation } from '../checks/violation.js';
import type { SimClient } from '../clients/sim-client.js';
import type { Plan } from '../plan.js';
import { type Course, Simulation } from '../simulation.js';
import type { Machine } from '../world/machine.js';
import { outsidePromises } from '../world/settle.js';
import type { SimDisk } from '../world/sim-disk.js';
import type { Telling } from '../world/world.js';
import { type Damage, inflict, type Layout, layoutOf } from './damage.js';

/**
 * Who is down together with the damaged replica. `alone`: nobody. `together`: all, and all come back at once, so that it is
 * needed by whoever is first. `instead`: all, and of the other two the one that had been cut off comes back at once, and
 * the one that knows all comes late: until then nobody but the damaged replica knows what was acknowledged last.
 */
export type Scene = 'alone' | 'together' | 'instead';

/** It ends in order; it is killed at rest; or the power fails in the moment in which its last group has become durable. */
export type Stop = 'exit' | 'kill' | 'power';

export interface Family {
  readonly scene: Scene;
  readonly stop: Stop;
  /** Snapshots are written, and the log is trimmed behind them, every few slots. */
  readonly snapshots: boolean;
}

/**
 * What became of the damage. `nothing`: nobody noticed, and nothing was missing. `dropped`: it was taken for what a crash
 * had cut short, of which nobody had been told. `repaired`: its own log and snapshots were enough. `healed`: others gave it
 * what was missing. `refused`: it did not start. `beyond proof`: it has forgotten what it said, and nobody can know
 * (docs/verification.md, *Not covered*).
 */
export type End = 'nothing' | 'dropped' | 'repaired' | 'healed' | 'refused' | 'beyond proof';

export interface Sound {
  readonly disk: SimDisk;
  readonly settings: Settings;
  readonly layout: Layout;
}

export interface Result {
  readonly end: End;
  /** What the damaged replica said at its start, the error that it ended with first. */
  readonly lines: readonly string[];
  readonly code: string;
  /** The disk before anything was done to it, where nothing is. */
  readonly sound: Sound | null;
  readonly violation: { readonly check: string; readonly message: string } | null;
  readonly story: readonly string[];
}

const NAMES = ['a', 'b', 'c'];

/** Slots that are decided before anything happens; and with snapshots, so many that some were trimmed. */
const SLOTS = 6;
const SLOTS_WITH_SNAPSHOTS = 40;

/** The last ones are unknown to the replica that was cut off. */
const CUT_OFF_SLOTS = 3;

const SEGMENT_BYTES = 16_384;
/** A mark follows 10 ms after the last group. */
const MARKED_MS = 25;
const LOAD_MS = 5_000;
const DOWN_MS = 40;
const LATE_MS = 1_500;
const LOOK_MS = 10;

/** A snapshot that has to be asked for twice, and a state that has to agree at some slots more. */
const HEAL_MS = 30_000;
const ANSWERS_MS = 5_000;

export function play(family: Family, damage: Damage | null, seed: number, tells: Telling = 'nothing'): Promise<Result> {
  return outsidePromises(() => {
    const trial = new Trial(family, damage);
    const { violation, story } = new Simulation(planOf(family, seed), tells, trial).run();
    return { ...trial.result(), violation, story };
  });
}

function planOf({ snapshots }: Family, seed: number): Plan {
  return {
    seed,
    shape: {
      names: NAMES,
      priorities: [3, 2, 1],
      heartbeatMs: 50,
      leaseMs: 300,
      reads: 'lease',
      requestTimeoutMs: 2_000,
      segments: { first: SEGMENT_BYTES, largest: SEGMENT_BYTES },
      snapshots: snapshots ? { logBytes: 2 * SEGMENT_BYTES, keepSlots: 4, keepLogBytes: SEGMENT_BYTES } : undefined,
      checkpointSlots: 5,
    },
    workload: {
      clients: 2,
      keys: 3,
      epochMs: 0,
      thinkMs: [5, 40],
      depth: 1,
      putShare: 0.6,
      deleteShare: 0.15,
      existsShare: 0.05,
      mortalShare: 0.1,
      transactionShare: 0.1,
      onceShare: 0.1,
      paddingBytes: 40,
      patienceMs: 300,
      wander: 0,
      followers: 0,
      savers: 0,
    },
    startMs: [],
    stormMs: 0,
    delayMs: [0.05, 0.3],
    splitting: 0,
    writeMs: [0.1, 0.6],
    clockDrift: 0,
    wallErrorMs: 0,
    faults: [],
    profile: 'calm',
  };
}

class Trial implements Course {
  readonly #family: Family;
  readonly #damage: Damage | null;
  readonly #lines: string[] = [];
  #victim = '';
  #isDamaged = false;
  #isRefused = false;
  #isHealed = false;
  #isBeyondProof = false;
  #code = '';
  #sound: Sound | null = null;

  constructor(family: Family, damage: Damage | null) {
    this.#family = family;
    this.#damage = damage;
  }

  result(): Omit<Result, 'violation' | 'story'> {
    return { end: this.#end(), lines: this.#lines, code: this.#code, sound: this.#sound };
  }

  play(simulation: Simulation): void {
    const { world, clients } = simulation;
    for (const machine of world.machines) machine.start();
    for (const client of clients) client.start();
    // The one that leads, or one that follows.
    const victim = world.machine(this.#family.scene === 'alone' ? 'a' : 'b');
    this.#victim = victim.name;
    world.check(() => this.#tryThat(simulation, victim));
    this.#isBeyondProof = world.violation?.check === BEYOND_PROOF;
  }

  ended(_: Simulation, machine: Machine, error: unknown): void {
    if (!(error instanceof CodedError)) throw error;
    if (machine.name !== this.#victim || !this.#isDamaged)
      throw new Violation('a sound disk is not refused', `${machine.name}: ${error.message}`);
    this.#isRefused = true;
    this.#code = error.code;
    this.#lines.unshift(error.message);
    machine.outOfOrder = error.message;
  }

  logged(machine: string, event: string, fields: object): void {
    if (machine === this.#victim && this.#isDamaged) this.#lines.push(`${event} ${Object.values(fields).join(' ')}`);
  }

  #end(): End {
    if (this.#isBeyondProof) return 'beyond proof';
    if (this.#isRefused) return 'refused';
    if (this.#isHealed || this.#lines.some((line) => HELPED.test(line))) return 'healed';
    if (this.#lines.some((line) => MENDED.test(line))) return 'repaired';
    return this.#lines.some((line) => DROPPED.test(line)) ? 'dropped' : 'nothing';
  }

  #tryThat(simulation: Simulation, victim: Machine): void {
    const { world } = simulation;
    const others = world.machines.filter((machine) => machine !== victim);
    this.#load(simulation);
    const store = victim.replica?.inside.recovered.identity.store;
    this.#stop(simulation, victim);
    if (this.#family.scene !== 'alone') for (const machine of others) machine.crash('kill');
    world.net.mendAll();
    if (this.#damage === null && store !== undefined) {
      const disk = victim.disk.copy();
      this.#sound = { disk, settings: victim.settings, layout: layoutOf(disk, store) };
    }
    if (this.#damage !== null) inflict(victim.disk, this.#damage);
    victim.isDamaged = this.#damage !== null;
    this.#isDamaged = victim.isDamaged;
    world.run(world.timeline.now + DOWN_MS);
    const late = this.#family.scene === 'instead' ? world.machine(LATE) : null;
    for (const machine of world.machines) if (machine !== late) machine.start();
    if (late !== null) world.timeline.in(LATE_MS, () => late.start());
    this.#getWell(simulation, victim);
    // What was found must not be judged otherwise, now that more has been written behind it.
    victim.crash('kill');
    world.run(world.timeline.now + DOWN_MS);
    victim.start();
    this.#getWell(simulation, victim);
    this.#ask(simulation);
  }

  /** A few writes; the replica that will be back at once misses the last ones, where somebody is to come late. */
  #load(simulation: Simulation): void {
    const { world, watch } = simulation;
    const { scene, snapshots } = this.#family;
    const slots = snapshots ? SLOTS_WITH_SNAPSHOTS : SLOTS;
    const decided = (): number => watch.chronicle.last;
    if (scene === 'instead') {
      this.#within(simulation, LOAD_MS, 'the load goes on', () => decided() >= slots - CUT_OFF_SLOTS);
      for (const { name } of world.machines) {
        world.net.cut(name, CUT_OFF);
        world.net.cut(CUT_OFF, name);
      }
    }
    this.#within(simulation, LOAD_MS, 'the load goes on', () => decided() >= slots);
    const known = world.machine(CUT_OFF).view()?.decided ?? 0;
    if (scene === 'instead' && known >= slots) throw new Error('nobody misses anything');
  }

  /** Waits for the moment at which the family wants the replica to go down. */
  #stop({ world }: Simulation, victim: Machine): void {
    const { stop } = this.#family;
    const end = world.timeline.now + LOAD_MS;
    if (stop === 'exit') {
      victim.close();
      world.run(end, () => !victim.isUp);
      return;
    }
    const durable = (): number => victim.replica?.inside.recovered.log.durable ?? 0;
    let last = durable();
    let since = world.timeline.now;
    const isTime = (): boolean => {
      const isNews = durable() > last;
      if (isNews) since = world.timeline.now;
      last = durable();
      return stop === 'power' ? isNews : world.timeline.now - since > MARKED_MS;
    };
    if (!world.run(end, isTime)) throw new Error('there is no moment to stop the replica');
    victim.crash(stop);
  }

  /** Whoever has started serves and votes, and nothing is missing any more. */
  #getWell(simulation: Simulation, victim: Machine): void {
    const { machines } = simulation.world;
    this.#within(simulation, HEAL_MS, 'everything heals', () => {
      const { lost, faulty } = victim.replica?.inside.recovered.recovered ?? { lost: false, faulty: [] };
      this.#isHealed ||= lost || faulty.length > 0;
      return machines.every((machine) => machine.outOfOrder !== null || isWell(machine));
    });
  }

  /** Every replica is asked for every key; what each says is part of the histories that have to be linearizable. */
  #ask(simulation: Simulation): void {
    const { world, clients, history, watch } = simulation;
    const { keys, chronicle } = watch;
    for (const client of clients) client.rest();
    this.#within(simulation, ANSWERS_MS, 'requests are answered', () => areIdle(clients));
    const asked = history.count;
    const present = world.machines.filter(({ outOfOrder }) => outOfOrder === null);
    const readers = present.map(({ name }) => simulation.client(`at ${name}`, [name]));
    for (const reader of readers) {
      reader.rest();
      reader.start();
    }
    this.#within(simulation, ANSWERS_MS, 'replicas let clients in', () => readers.every((each) => each.isConnected));
    for (const reader of readers) for (const key of keys) reader.readLast(key);
    this.#within(simulation, ANSWERS_MS, 'requests are answered', () => areIdle(readers));
    const failed = history.failedSince(asked);
    if (failed.length > 0) throw new Violation('requests are answered', failed.join(', '));
    const machineOf = ({ replica }: Machine): StateMachine | undefined => replica?.inside.recovered.machine;
    this.#within(simulation, ANSWERS_MS, 'replicas become equal', () =>
      present.every((machine) => machineOf(machine)?.applied === chronicle.last),
    );
    for (const machine of present) {
      const state = machineOf(machine);
      if (state !== undefined) chronicle.compareContents(state, machine.name, keys);
    }
  }

  #within({ world }: Simulation, ms: number, check: string, holds: () => boolean): void {
    const end = world.timeline.now + ms;
    while (world.violation === null && !holds()) {
      if (world.timeline.now >= end)
        throw new Violation(check, `not within ${ms} ms; ${world.machines.map(stateOf).join('; ')}`);
      world.run(world.timeline.now + LOOK_MS);
    }
  }
}

const CUT_OFF = 'c';
const LATE = 'a';

/** What a replica says when it finds something wrong, and when others have to tell it what was lost. */
const DROPPED = /^dropped a write that a crash cut short/;
const MENDED = /^(a part of the log cannot be read|put a damaged snapshot aside)/;
const HELPED = /^the end of the log is gone/;

function areIdle(clients: readonly SimClient[]): boolean {
  return clients.every(({ isIdle }) => isIdle);
}

function isWell(machine: Machine): boolean {
  const view = machine.view();
  if (view === null || !view.counted || !view.established) return false;
  return view.faultySlots === 0 && view.lost === null && !view.diverged && view.role !== 'learner';
}

function stateOf(machine: Machine): string {
  const view = machine.view();
  if (view === null) return `${machine.name} is ${machine.isUp ? 'starting' : (machine.outOfOrder ?? 'down')}`;
  const lost = view.lost === null ? '' : `, lost, waits for ${view.lost.waitsFor.join(' ')}`;
  return `${machine.name} is ${view.role}, follows ${view.leader ?? 'nobody'}, ${view.faultySlots} faulty${lost}${view.diverged ? ', diverged' : ''}: ${view.waiting}`;
}
