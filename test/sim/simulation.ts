/**
 * One run: a plan is played in a world, with the checks watching, and the result is told. The same plan gives the same result,
 * trace hash included.
 */

import { messageOf } from '#src/base/errors.js';
import type { LogFields } from '#src/node/logger.js';
import { Calm } from './calm.js';
import { blame } from './checks/blame.js';
import { Coverage } from './checks/coverage.js';
import { checkAsLogged, checkKey } from './checks/linearizability.js';
import { rarityOf } from './checks/log-lines.js';
import { BEYOND_PROOF, Violation } from './checks/violation.js';
import { Watch } from './checks/watch.js';
import { watchCores } from './checks/watch-core.js';
import { History, type Operation } from './clients/history.js';
import { SimClient } from './clients/sim-client.js';
import { SimFollower } from './clients/sim-follower.js';
import { type Backup, SimSaver } from './clients/sim-saver.js';
import { FAULTS } from './faults/catalogue.js';
import { profileOf } from './faults/profiles.js';
import { Storm } from './faults/storm.js';
import type { Plan } from './plan.js';
import type { Machine } from './world/machine.js';
import { Random } from './world/random.js';
import { checkSettling } from './world/settle.js';
import { type Telling, World } from './world/world.js';

/** How long a run goes on after the storm where nothing can be demanded. */
const SAFETY_ONLY_MS = 3_000;

export interface Outcome {
  readonly seed: number;
  readonly hash: string;
  readonly violation: { readonly check: string; readonly message: string } | null;
  /** Simulated milliseconds, operations asked for, things that happened. */
  readonly simulatedMs: number;
  readonly operations: number;
  readonly events: number;
  readonly coverage: Readonly<Record<string, number>>;
  readonly story: readonly string[];
}

/** What happens in a run, and what becomes of it. */
export interface Course {
  /** Lets time pass; what is wrong goes to the world. */
  play(simulation: Simulation): void;
  /** A replica's process has ended by itself. */
  ended(simulation: Simulation, machine: Machine, error: unknown): void;
  /** A line of a replica's log. */
  logged?(machine: string, event: string, fields: LogFields): void;
}

/** The faults of the plan, and then a calm in which everything has to heal. */
const STORM_AND_CALM: Course = {
  play: ({ world, plan, clients, followers, savers, storm, watch, history, coverage }) => {
    for (const [index, machine] of world.machines.entries()) {
      const at = plan.startMs[index] ?? 0;
      if (at === 0) machine.start();
      else world.timeline.at(at, () => machine.start());
    }
    for (const client of [...clients, ...followers, ...savers]) client.start();
    storm.begin();
    world.run(plan.stormMs);
    if (world.violation !== null) return;
    storm.end();
    const random = new Random(plan.seed, 'calm');
    const calm = new Calm({ world, watch, history, clients, followers, savers, random, coverage });
    const { unlimitedDamage = false } = profileOf(plan.profile);
    if (calm.begin() && !unlimitedDamage) world.check(() => calm.demand());
    else world.run(world.timeline.now + SAFETY_ONLY_MS);
  },
  ended: ({ storm }, machine, error) => storm.ended(machine, error),
};

export class Simulation {
  readonly plan: Plan;
  readonly world: World;
  readonly coverage = new Coverage();
  readonly history = new History();
  readonly watch: Watch;
  readonly clients: readonly SimClient[];
  readonly followers: readonly SimFollower[];
  readonly savers: readonly SimSaver[];
  readonly storm: Storm;
  readonly #course: Course;
  /** By token; a transaction has several. */
  readonly #writes = new Map<string, Operation[]>();
  #moment = 0;
  #lastMoment = 0;

  constructor(plan: Plan, tells: Telling = 'nothing', course: Course = STORM_AND_CALM) {
    this.plan = plan;
    this.#course = course;
    const { seed, shape, clockDrift, wallErrorMs } = plan;
    this.world = new World({
      seed,
      shape,
      clockDrift,
      wallErrorMs,
      tells,
      events: {
        started: (machine) => {
          this.world.tell(machine.name, 'is up');
          this.watch.started(machine);
        },
        ended: (machine, error) => {
          this.world.tell(machine.name, `ends by itself: ${messageOf(error)}`);
          this.world.check(() => course.ended(this, machine, error));
        },
        died: (machine, death) => {
          this.world.tell(machine.name, `dies (${death})`);
          this.watch.died(machine);
        },
        acted: (machine) => this.watch.acted(machine),
        logged: (name, event, fields) => this.#logged(name, event, fields),
      },
    });
    this.world.net.delayMs = plan.delayMs;
    this.world.net.splitting = plan.splitting;
    for (const { disk } of this.world.machines) disk.writeMs = plan.writeMs;
    this.watch = new Watch(this.world, this.coverage, {
      executed: (token) => this.#executed(token),
      expired: (token) => this.#expired(token),
      repeats: (token) => this.#repeats(token),
    });
    this.clients = Array.from({ length: plan.workload.clients }, (_, index) =>
      this.client(`c${index + 1}`, plan.shape.names),
    );
    this.followers = Array.from({ length: plan.workload.followers }, (_, index) => this.#follower(`f${index + 1}`));
    this.savers = Array.from({ length: plan.workload.savers }, (_, index) => this.#saver(`s${index + 1}`));
    const { unlimitedDamage = false } = profileOf(plan.profile);
    this.storm = new Storm({
      catalogue: FAULTS,
      world: this.world,
      coverage: this.coverage,
      faults: plan.faults,
      clients: [...this.clients, ...this.followers, ...this.savers].map(({ name }) => name),
      writeMs: plan.writeMs,
      unlimitedDamage,
    });
  }

  run(): Outcome {
    checkSettling();
    const { world, watch } = this;
    const faults = (reason: unknown): void => world.fail(reason);
    const others = process.rawListeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', faults);
    watchCores((core, input, effects, now) => watch.stepped(core, input, effects, now));
    try {
      this.#course.play(this);
      this.#checkHistory();
    } finally {
      watchCores(null);
      process.removeAllListeners('unhandledRejection');
      for (const listener of others) process.on('unhandledRejection', listener as (reason: unknown) => void);
    }
    return this.#outcome();
  }

  /** A client of these replicas, whose history is checked with all others. */
  client(name: string, replicas: readonly string[]): SimClient {
    const { world, plan, history, watch } = this;
    return new SimClient({
      name,
      net: world.net,
      process: world.bystander(name),
      random: new Random(plan.seed, `client ${name}`),
      history,
      workload: plan.workload,
      replicas,
      events: {
        begun: (operation, token) => {
          if (token !== '') this.#begun(operation, token);
        },
        acknowledged: (token) => world.check(() => watch.chronicle.acknowledged(token)),
        refused: (token) => world.check(() => watch.chronicle.refused(token)),
        absurd: (client, asked, answer) =>
          world.fail(new Violation('answers make sense', `${client} asked ${asked} and was told ${answer}`)),
        said: (client, what) => world.tell(client, what),
        failed: (code, isWrite) => this.#failed(code, isWrite),
      },
    });
  }

  #follower(name: string): SimFollower {
    const { world, plan, watch, coverage } = this;
    return new SimFollower({
      name,
      net: world.net,
      process: world.bystander(name),
      random: new Random(plan.seed, `follower ${name}`),
      record: watch.chronicle.changes,
      replicas: plan.shape.names,
      mayBeWrong: () => watch.wasWrong,
      events: {
        said: (what) => world.tell(name, what),
        wrong: (what) => world.fail(new Violation('changes are told once and in order', `${name}: ${what}`)),
        resynced: () => coverage.note('a follower was sent the whole state'),
      },
    });
  }

  #saver(name: string): SimSaver {
    const { world, plan, history, watch } = this;
    const { chronicle } = watch;
    return new SimSaver({
      name,
      net: world.net,
      process: world.bystander(name),
      random: new Random(plan.seed, `saver ${name}`),
      history,
      replicas: plan.shape.names,
      events: {
        begun: (operation, token) => this.#begun(operation, token),
        acknowledged: (token) => world.check(() => chronicle.acknowledged(token)),
        refused: (token) => world.check(() => chronicle.refused(token)),
        acknowledgedUpTo: (token) => (token === undefined ? chronicle.acknowledgedUpTo : chronicle.slotOf(token)),
        saved: (backup) => world.check(() => this.#saved(backup)),
        unsound: (replica, reason) => this.#unsound(replica, reason),
        absurd: (asked, answer) =>
          world.fail(new Violation('answers make sense', `${name} asked ${asked} and was told ${answer}`)),
        said: (what) => world.tell(name, what),
      },
    });
  }

  #begun(operation: Operation, token: string): void {
    this.#writes.set(token, [...(this.#writes.get(token) ?? []), operation]);
    this.watch.keys.add(operation.key);
  }

  /** A backup is what the log gives up to one slot, and not an old one. */
  #saved({ replica, state, atLeast }: Backup): void {
    const { world, watch, coverage } = this;
    if (watch.wasWrong || world.machines.some(({ isWrong }) => isWrong)) return;
    coverage.note('a backup was made');
    watch.chronicle.compareContents(state, `a backup of ${replica}`, watch.keys);
    if (state.applied >= atLeast) return;
    throw new Violation(
      'a backup has what was acknowledged',
      `one of ${replica} ends with slot ${state.applied}, and slot ${atLeast} was acknowledged`,
    );
  }

  #unsound(replica: string, reason: string): void {
    if (this.world.machine(replica).isDamaged) this.coverage.note('a backup was damaged');
    else this.world.fail(new Violation('a backup is sound', `${replica} sent one that is not: ${reason}`));
  }

  #failed(code: string, isWrite: boolean): void {
    this.coverage.note(`answered ${code}`);
    if (isWrite && code === 'UNCERTAIN') this.coverage.note('a write ended uncertain');
    if (isWrite && code === 'NOQUORUM') this.coverage.note('a write found no quorum');
  }

  /** For the checker's first try: when a write took effect, those of one moment in their order. */
  #nextMoment(): number {
    const { now } = this.world.timeline;
    this.#moment = now > this.#lastMoment ? now : this.#moment + 1e-7;
    this.#lastMoment = Math.max(now, this.#moment);
    return this.#moment;
  }

  #expired(token: string): void {
    this.coverage.note('a key went by itself');
    this.history.expired(token, this.#nextMoment());
  }

  #executed(token: string): void {
    const writes = this.#writes.get(token);
    if (writes === undefined) throw new Violation('nothing comes from nowhere', `nobody wrote ${token}`);
    const moment = this.#nextMoment();
    for (const write of writes) write.hint = moment;
  }

  /** As if its client had asked for the same again, and not waited for the answer. */
  #repeats(token: string): void {
    const again = (this.#writes.get(token) ?? []).map((write) => this.history.begin({ ...write, after: -1 }));
    this.#writes.set(token, again);
  }

  #logged(name: string, event: string, fields: LogFields): void {
    const machine = this.world.machine(name);
    if (event.startsWith('there is no room for the log')) machine.hasRoom = false;
    else if (event === 'there is room for the log again') machine.hasRoom = true;
    else if (event.startsWith('cannot write a snapshot')) this.#checkWritten(name, String(fields.reason));
    if (event === 'took over a snapshot') machine.takeovers++;
    if (event === 'wrote a snapshot') machine.lacksSnapshot = false;
    else if (event.endsWith('the log is kept until there is one')) machine.lacksSnapshot = true;
    this.#course.logged?.(name, event, fields);
    const what = rarityOf(event, fields);
    if (what !== null) this.coverage.note(what);
  }

  /** A snapshot that is not what its replica's state was is noticed by the replica itself, which goes on without. */
  #checkWritten(name: string, reason: string): void {
    if (!/ is damaged at byte /.test(reason) || this.world.machine(name).isDamaged) return;
    this.world.fail(new Violation('a sound snapshot is written', `${name} wrote one that is none: ${reason}`));
  }

  #checkHistory(): void {
    const { history, world } = this;
    for (const key of history.keys) {
      if (world.violation !== null) return;
      const operations = history.of(key);
      const verdict = history.isAtomic(key) ? checkAsLogged(operations) : checkKey(operations);
      if (verdict === 'linearizable') continue;
      for (const line of blame(operations)) world.tell('', line);
      world.fail(new Violation('linearizable', `the history of ${key} is ${verdict}`));
    }
  }

  #outcome(): Outcome {
    const { plan, world, coverage, history } = this;
    for (const { disk } of world.machines)
      if (disk.segmentsBegun > 0) coverage.note('a segment was begun', disk.segmentsBegun);
    const violation = world.violation?.check === BEYOND_PROOF ? null : world.violation;
    if (violation !== world.violation) coverage.note('the damage was beyond proof');
    world.hash.addText(violation?.message ?? '');
    return {
      seed: plan.seed,
      hash: world.hash.value,
      violation: violation === null ? null : { check: violation.check, message: violation.message },
      simulatedMs: world.timeline.now,
      operations: history.count,
      events: world.timeline.happened,
      coverage: coverage.toJSON(),
      story: world.story ?? [],
    };
  }
}
