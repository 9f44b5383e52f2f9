/**
 * The bad weather of one run: carries out the faults of a plan, each with chance of its own, ends what they began, and starts
 * again what they ended. It keeps the budget of damage: only so many disks may lose or change what was on them that the rest
 * still makes a majority.
 */

import { CodedError } from '#src/base/errors.js';
import type { Coverage } from '../checks/coverage.js';
import { Violation } from '../checks/violation.js';
import type { Death, Machine } from '../world/machine.js';
import { Random } from '../world/random.js';
import type { Span } from '../world/sim-disk.js';
import type { World } from '../world/world.js';
import type { FaultKind, PlannedFault } from './planned-fault.js';

/** Does its harm now and tells it in a few words; null when there was nobody to harm. */
export type Fault = (storm: Storm, random: Random) => string | null;

export interface StormOptions {
  /** What each kind of fault does. */
  readonly catalogue: Readonly<Record<FaultKind, Fault>>;
  readonly world: World;
  readonly coverage: Coverage;
  readonly faults: readonly PlannedFault[];
  readonly clients: readonly string[];
  /** How long a durable write takes on a disk that nothing ails. */
  readonly writeMs: Span;
  /** Bits of every disk may flip: only safety counts then. */
  readonly unlimitedDamage: boolean;
}

/** Errors after which a start is never tried again on the same disk. */
const DAMAGE = new Set(['log-damaged', 'log-foreign', 'identity-damaged']);

const MOST_REPLACEMENTS = 8;

export class Storm {
  readonly world: World;
  readonly coverage: Coverage;
  readonly clients: readonly string[];
  readonly writeMs: Span;
  /** Disks that lost something. */
  readonly #damaged = new Set<Machine>();
  readonly #catalogue: Readonly<Record<FaultKind, Fault>>;
  readonly #faults: readonly PlannedFault[];
  readonly #unlimited: boolean;
  readonly #random: Random;
  #isOver = false;
  #replacements = 0;
  /** Undoes what lasts. */
  #undo = new Set<() => void>();

  constructor({ catalogue, world, coverage, faults, clients, writeMs, unlimitedDamage }: StormOptions) {
    this.#catalogue = catalogue;
    this.world = world;
    this.coverage = coverage;
    this.clients = clients;
    this.writeMs = writeMs;
    this.#faults = faults;
    this.#unlimited = unlimitedDamage;
    this.#random = new Random(world.seed, 'storm');
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  begin(): void {
    for (const { id, kind, at } of this.#faults) {
      this.world.timeline.at(at, () => {
        if (this.#isOver) return;
        const done = this.#catalogue[kind](this, new Random(this.world.seed, `fault ${id}`));
        if (done === null) return;
        this.coverage.note(`fault: ${kind}`);
        this.world.tell('###', `${kind}: ${done} (fault ${id})`);
      });
    }
  }

  /** Nothing goes wrong any more, and what was wrong is mended; who is down stays down. */
  end(): void {
    this.#isOver = true;
    for (const undo of [...this.#undo]) undo();
    this.world.net.mendAll();
    for (const machine of this.world.machines) {
      machine.disk.noTrouble();
      machine.process?.resume();
    }
    this.world.tell('###', 'everything is mended');
  }

  /** For so long; then, or when the storm is over, `undo` is called, once. */
  lasting(ms: number, undo: () => void): void {
    const once = (): void => {
      if (this.#undo.delete(once)) undo();
    };
    this.#undo.add(once);
    this.world.timeline.in(ms, once);
  }

  up(): Machine[] {
    return this.world.machines.filter(({ isUp }) => isUp);
  }

  /** Those whose replica is at work. */
  working(): Machine[] {
    return this.world.machines.filter(({ replica }) => replica !== null);
  }

  /** Those that think that they lead. */
  leaders(): Machine[] {
    return this.working().filter(({ leads }) => leads);
  }

  leader(): Machine | null {
    return this.leaders()[0] ?? null;
  }

  crash(machine: Machine, death: Death, downMs: number): void {
    machine.crash(death);
    this.startLater(machine, downMs);
  }

  startLater(machine: Machine, ms: number): void {
    this.world.timeline.in(ms, () => {
      if (!this.#isOver) machine.start();
    });
  }

  /** A process ended by itself: somebody starts it again, unless its disk is the reason. */
  ended(machine: Machine, error: unknown): void {
    const code = error instanceof CodedError ? error.code : '';
    if (!(error instanceof CodedError)) throw error;
    this.coverage.note(`ended: ${code}`);
    if (!DAMAGE.has(code)) {
      this.startLater(machine, this.#random.skewed(20, 2_000));
      return;
    }
    if (!machine.isDamaged) throw new Violation('a sound disk is not refused', `${machine.name}: ${error.message}`);
    this.coverage.note('a log was refused as damaged');
    if (this.#random.chance(0.5) && this.mayDamage(machine) && this.mayReplace(machine)) {
      machine.wipe();
      this.world.tell('###', `the disk of ${machine.name} is replaced`);
      this.startLater(machine, this.#random.skewed(20, 2_000));
    } else machine.outOfOrder = error.message;
  }

  /** True when this disk may lose something; then it counts as one that has. */
  mayDamage(machine: Machine): boolean {
    const most = Math.floor((this.world.machines.length - 1) / 2);
    if (!this.#damaged.has(machine) && this.#damaged.size >= most) return false;
    this.#damaged.add(machine);
    return true;
  }

  /** True when bits of this disk may flip: what notices that keeps silent, so without limit no more than liveness is lost. */
  mayRot(machine: Machine): boolean {
    return this.#unlimited || this.mayDamage(machine);
  }

  /**
   * False when enough disks were replaced in this run, and while somebody else does not know of the founding: whoever was
   * absent and one whose disk is new cannot know that there was one, and would found the cluster again.
   */
  mayReplace(machine: Machine): boolean {
    const others = this.world.machines.filter((other) => other !== machine);
    if (others.some(({ knowsFounding }) => !knowsFounding)) return false;
    return this.#replacements++ < MOST_REPLACEMENTS;
  }

  /** Starts whoever is down and can be started, at once. */
  startAll(): void {
    for (const machine of this.world.machines) machine.start();
  }
}
