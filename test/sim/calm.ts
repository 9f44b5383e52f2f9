/**
 * After the storm: everything is mended and a majority is up, perhaps all. Then the cluster has to come to rest: one leader,
 * who is the highest that is fit, soon and for good; every request answered; every replica the same.
 */

import type { View } from '#src/paxos/view.js';
import type { Coverage } from './checks/coverage.js';
import { excess } from './checks/disk-bound.js';
import { Violation } from './checks/violation.js';
import type { Watch } from './checks/watch.js';
import type { History } from './clients/history.js';
import type { SimClient } from './clients/sim-client.js';
import type { SimFollower } from './clients/sim-follower.js';
import type { SimSaver } from './clients/sim-saver.js';
import { LONGEST_LIFE_MS } from './clients/workload.js';
import type { Machine } from './world/machine.js';
import type { Random } from './world/random.js';
import type { World } from './world/world.js';

/** Until somebody leads: restarts, a restart wait, a first attempt that fails, another. */
const LEADER_MS = 15_000;

/** What was in trouble has to stay up for a while before leadership goes back to it: FORGIVE_MS, and again if that fails. */
const RETURN_MS = 120_000;

/** From the moment when nothing stands in its way any more. */
const HAND_BACK_MS = 2_000;

/** An orderly end has its limits, which users are told; room for the log is looked for at growing intervals. */
const ENDS_MS = 5_000;
const GOES_ON_MS = 6_000;
const SEATS_MS = 5_000;
const ROOM_MS = 12_000;

const REST_MS = 3_000;

/** By a snapshot, perhaps from the third that is asked: each has some seconds. */
const CATCH_UP_MS = 15_000;

/** No key is to live longer. */
const MORTAL_MS = 1.1 * LONGEST_LIFE_MS + 1_000;

/** A state that was wrong has to be found so at some slots more, which come with the load only. */
const HEAL_MS = 60_000;

/** A snapshot is written while others need the disk as well, and the log trimmed behind it. */
const BOUND_MS = 10_000;
const LAST_ANSWERS_MS = 15_000;
const LOOK_MS = 25;

export interface CalmParts {
  readonly world: World;
  readonly watch: Watch;
  readonly history: History;
  readonly clients: readonly SimClient[];
  readonly followers: readonly SimFollower[];
  readonly savers: readonly SimSaver[];
  readonly random: Random;
  /** Counts what was not asked for, and why: whoever excuses much proves little. */
  readonly coverage: Coverage;
}

export class Calm {
  readonly #parts: CalmParts;
  /** Those that stay down. */
  readonly #absent = new Set<Machine>();
  /** What replicas show at this moment: looking at them all costs more than letting time pass. */
  readonly #views = new Map<Machine, View | null>();

  constructor(parts: CalmParts) {
    this.#parts = parts;
  }

  /** True when there is a majority to be had; only then can anything be asked of the cluster. */
  begin(): boolean {
    const { world, random } = this.#parts;
    if (random.chance(0.3)) this.#leaveSomeOut();
    for (const machine of world.machines) {
      if (this.#absent.has(machine)) machine.crash('kill');
      else machine.start();
    }
    if (!this.#hasMajority()) return this.#excuse('no majority can be had');
    return this.#mayBeLed() || this.#excuse('nobody may lead');
  }

  demand(): void {
    const { world, history, watch, clients } = this.#parts;
    this.#within(GOES_ON_MS, 'everybody goes on', () =>
      this.#present().every(({ process }) => process?.stopped !== true),
    );
    this.#within(ENDS_MS, 'what was told to end ends', () => this.#present().every(({ isClosing }) => !isClosing));
    this.#pass(REST_MS / 2);
    // Damage from before may have been found only now, and a disk replaced for it; or a founding turns out to name too few.
    this.#within(LEADER_MS, 'a leader emerges', () => {
      return this.#leader() !== null || !this.#hasMajority() || !this.#mayBeLed();
    });
    if (!this.#hasMajority()) {
      this.#excuse('no majority is left');
      return;
    }
    if (this.#leader() === null && !this.#mayBeLed()) {
      this.#excuse('nobody may lead');
      return;
    }
    this.#within(SEATS_MS, 'empty seats are filled', () =>
      this.#present().every(({ name }) => watch.votes.seatOf(name) !== null),
    );
    this.#awaitHighest();
    this.#within(ROOM_MS, 'room on the disk is noticed', () => this.#present().every(({ hasRoom }) => hasRoom));
    if (this.#nobodyCanTell()) this.#excuse('a wrong state cannot be outvoted');
    else this.#within(HEAL_MS, 'everything heals', () => this.#areHealed());
    this.#dismiss('a lost log waits for one that does not come', (machine) => this.#staysLost(machine));
    if (!this.#canTell() && watch.wasWrong)
      this.#dismiss('a state cannot prove itself', (each) => this.#viewOf(each)?.diverged === true);
    this.#within(HEAL_MS, 'everything else heals', () => this.#present().every((machine) => this.#isWhole(machine)));
    if (!this.#hasMajority()) {
      this.#excuse('no majority has a state that is used');
      return;
    }
    // Whoever was healed just now may be the highest: leadership is on its way there, and has to arrive.
    this.#awaitHighest();
    this.#within(
      BOUND_MS,
      'the disk is bounded',
      () => this.#tooMuch() === null,
      () => `: ${this.#tooMuch()}`,
    );
    // Who lags behind what logs still have answers late, and asks for a snapshot again only after a while.
    const { last } = watch.chronicle;
    this.#within(CATCH_UP_MS, 'everybody catches up', () =>
      this.#present().every((each) => this.#hasApplied(each, last)),
    );
    // What is asked for on a connection that broke in the storm is lost, however long the news of that are on their way.
    this.#within(LAST_ANSWERS_MS, 'clients learn what is lost', () => clients.every(({ isStranded }) => !isStranded));
    const asked = history.count;
    const takeovers = this.#takeovers();
    const ballot = this.#leader()?.view()?.ballot.round;
    this.#pass(REST_MS);
    if (world.violation === null && this.#leader()?.view()?.ballot.round !== ballot) {
      throw this.#violation('no change after', 'leadership moved on in the calm');
    }
    this.#finish(asked, takeovers);
  }

  /**
   * A state is wrong, or has to prove itself after it was, and the lineages of those that are right are too few to outvote it:
   * replicas report that, and change nothing.
   */
  #nobodyCanTell(): boolean {
    return !this.#canTell() && this.#present().some((machine) => machine.isWrong || machine.view()?.diverged === true);
  }

  #canTell(): boolean {
    const { world } = this.#parts;
    const right = this.#voters().filter(({ isWrong }) => !isWrong);
    const lineages = new Set(right.map(({ replica }) => replica?.inside.core.lineage));
    return lineages.size > world.machines.length / 2;
  }

  /** Whoever waits for what will not come serves no clients, and says so: they have to go elsewhere. */
  #dismiss(why: string, waits: (machine: Machine) => boolean): void {
    for (const machine of this.#present().filter(waits)) {
      this.#excuse(why);
      this.#absent.add(machine);
      machine.crash('kill');
    }
  }

  #excuse(why: string): false {
    this.#parts.coverage.note(`excused: ${why}`);
    return false;
  }

  /** Clients stop, and all that they asked for has to be answered; then everybody holds the same. */
  #finish(asked: number, takeovers: number): void {
    const { clients, followers, savers, history, watch, world } = this.#parts;
    for (const client of [...clients, ...savers]) client.rest();
    this.#within(LAST_ANSWERS_MS, 'requests are answered', () => [...clients, ...savers].every(({ isIdle }) => isIdle));
    this.#within(MORTAL_MS, 'what is due goes', () => this.#isNothingDue());
    this.#within(LAST_ANSWERS_MS, 'clients find a replica', () => clients.some(({ isConnected }) => isConnected));
    const reader = clients.find(({ isConnected }) => isConnected);
    for (const key of watch.keys) reader?.readLast(key);
    this.#within(LAST_ANSWERS_MS, 'requests are answered', () => clients.every(({ isIdle }) => isIdle));
    if (world.violation !== null) return;
    const failed = history.failedSince(asked);
    if (failed.length > 0) {
      // Logs that keep next to nothing leave behind whoever is a moment late, and with what it takes over its clients'
      // answers go.
      if (this.#takeovers() > takeovers) this.#excuse('answers were lost with a snapshot taken over');
      else throw this.#violation('requests are answered', `in the calm, ${failed.join(', ')}`);
    }
    this.#within(CATCH_UP_MS, 'replicas become equal', () => this.#areEqual());
    const { revision } = watch.chronicle;
    this.#within(CATCH_UP_MS, 'followers are told everything', () => followers.every((each) => each.hasAll(revision)));
    for (const { name, replica, isWrong } of this.#present()) {
      if (replica !== null && !isWrong && world.violation === null)
        watch.chronicle.compareContents(replica.inside.recovered.machine, name, watch.keys);
    }
  }

  /** Leadership goes where it belongs, once nothing stands in the way. */
  #awaitHighest(): void {
    const { world } = this.#parts;
    const { timeline } = world;
    const end = timeline.now + RETURN_MS;
    let clearSince = Number.POSITIVE_INFINITY;
    while (world.violation === null && this.#leader() !== this.#highest()) {
      const isClear = this.#nothingInTheWay();
      clearSince = isClear ? Math.min(clearSince, timeline.now) : Number.POSITIVE_INFINITY;
      if (timeline.now - clearSince > HAND_BACK_MS)
        throw this.#violation('hand-back in time', `nothing stood in its way for ${HAND_BACK_MS} ms`);
      if (timeline.now > end) throw this.#violation('the highest leads', `not within ${RETURN_MS} ms`);
      this.#pass(LOOK_MS);
    }
  }

  #nothingInTheWay(): boolean {
    const machine = this.#leader();
    const leader = machine === null ? null : this.#viewOf(machine);
    const highest = this.#highest();
    const target = leader?.peers.find(({ name }) => name === highest?.name);
    if (leader === null || target === undefined) return false;
    return leader.established && target.steady && target.contact && target.ineligible === null;
  }

  #leaveSomeOut(): void {
    const { world, random } = this.#parts;
    const candidates = this.#present();
    const most = candidates.length - Math.floor(world.machines.length / 2) - 1;
    if (most > 0) for (const machine of random.some(candidates, 1 + random.below(most))) this.#absent.add(machine);
    // What was damaged may need all others to be repaired, and is not counted on before.
    const sound = this.#voters().filter(({ isDamaged, isWrong }) => !isDamaged && !isWrong);
    if (sound.length <= world.machines.length / 2) for (const machine of candidates) this.#absent.delete(machine);
  }

  #present(): Machine[] {
    return this.#parts.world.machines.filter((machine) => !this.#absent.has(machine) && machine.outOfOrder === null);
  }

  /** Whether enough of those that vote are there. */
  #hasMajority(): boolean {
    const { world } = this.#parts;
    return this.#voters().length > world.machines.length / 2;
  }

  #mayBeLed(): boolean {
    const { votes } = this.#parts.watch;
    return this.#present().some(({ name, settings, isWiped }) => {
      return settings.priority > 0 && !isWiped && votes.mayCount(name);
    });
  }

  #voters(): Machine[] {
    const { watch } = this.#parts;
    return this.#present().filter((machine) => {
      return !machine.isWiped && watch.votes.mayCount(machine.name) && !this.#staysLost(machine);
    });
  }

  /** The end of its log is gone, and somebody whom it has to hear is not there, or cannot answer. */
  #staysLost(machine: Machine): boolean {
    const { lost = null, role } = this.#viewOf(machine) ?? {};
    // A learner's votes count for nobody: it has to wait for none.
    if (lost === null || role === 'learner') return false;
    return lost.waitsFor.some((name) => {
      const other = this.#parts.world.machine(name);
      const view = this.#absent.has(other) ? null : this.#viewOf(other);
      return view === null || view.lost !== null || view.role === 'learner';
    });
  }

  /** The one whom all that are there follow, established. */
  #leader(): Machine | null {
    const views = this.#present().map((machine) => this.#viewOf(machine));
    const name = views[0]?.leader ?? null;
    if (name === null || views.some((view) => view?.leader !== name || !view.established)) return null;
    const leader = this.#parts.world.machine(name);
    return this.#viewOf(leader)?.role === 'leader' ? leader : null;
  }

  #highest(): Machine | null {
    const { votes } = this.#parts.watch;
    const fit = this.#present().filter((machine) => {
      const { name, settings, replica } = machine;
      if (settings.priority <= 0 || this.#staysLost(machine)) return false;
      if (machine.view()?.diverged === true && !this.#canTell()) return false;
      return replica?.inside.recovered.identity.store === votes.seatOf(name);
    });
    fit.sort((a, b) => b.settings.priority - a.settings.priority || (a.name < b.name ? -1 : 1));
    return fit[0] ?? null;
  }

  /** Nothing is missing anywhere, and every state is the right one; but for what nobody can tell any more. */
  #areHealed(): boolean {
    return this.#present().every((machine) => {
      const view = this.#viewOf(machine);
      if (view === null || this.#staysLost(machine)) return view !== null;
      return this.#isWhole(machine) && !view.diverged && !machine.isWrong;
    });
  }

  #isWhole(machine: Machine): boolean {
    const view = this.#viewOf(machine);
    return view !== null && view.faultySlots === 0 && view.lost === null;
  }

  /** Who holds more on its disk than it needs, and how much; but for those that may write no snapshot now. */
  #tooMuch(): string | null {
    for (const machine of this.#present()) {
      const what = excess(machine.disk, machine.settings);
      if (what === null || this.#viewOf(machine)?.diverged === true) continue;
      if (!machine.lacksSnapshot) return `${machine.name} has ${what}`;
      this.#excuse('a snapshot failed a moment ago');
    }
    return null;
  }

  #takeovers(): number {
    return this.#present().reduce((sum, { takeovers }) => sum + takeovers, 0);
  }

  #hasApplied({ replica }: Machine, upTo: number): boolean {
    return (replica?.inside.recovered.machine.applied ?? 0) >= upTo;
  }

  #areEqual(): boolean {
    const { chronicle } = this.#parts.watch;
    return this.#present().every(({ replica }) => replica?.inside.recovered.machine.applied === chronicle.last);
  }

  /** Without commands that bring the time: the leader has to. */
  #isNothingDue(): boolean {
    return this.#leader()?.replica?.inside.recovered.machine.nextDeadline === Number.POSITIVE_INFINITY;
  }

  /** Whoever ends by itself meanwhile, as one that was told to during the storm, is started again. */
  #pass(ms: number): void {
    const { world } = this.#parts;
    for (const machine of this.#present()) machine.start();
    world.run(world.timeline.now + ms);
    this.#views.clear();
  }

  #viewOf(machine: Machine): View | null {
    let view = this.#views.get(machine);
    if (view === undefined) {
      view = machine.view();
      this.#views.set(machine, view);
    }
    return view;
  }

  #within(ms: number, check: string, holds: () => boolean, why = (): string => ''): void {
    const { world } = this.#parts;
    const end = world.timeline.now + ms;
    while (world.violation === null && !holds()) {
      if (world.timeline.now >= end) throw this.#violation(check, `not within ${ms} ms${why()}`);
      this.#pass(LOOK_MS);
    }
  }

  #violation(check: string, what: string): Violation {
    const where = this.#present().map((machine) => {
      const view = machine.view();
      if (view === null) return `${machine.name} is ${machine.isUp ? 'starting' : 'down'}`;
      return `${machine.name} (priority ${view.priority}) is ${view.role}, follows ${view.leader ?? 'nobody'}, ${view.ineligible ?? 'eligible'}: ${view.waiting}`;
    });
    return new Violation(check, `${what}; ${where.join('; ')}`);
  }
}
