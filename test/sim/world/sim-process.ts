/**
 * One process on a machine: a clock, and an event loop of which the simulator is the kernel. Tasks (a timer, bytes, the end of a
 * disk write) run one at a time, each to its end, promises included; a process that is stopped finds them waiting when it goes
 * on. It may also be stopped in the middle of a task: from then on its own time is ahead of everybody else's, until they have
 * caught up. When it is dead nothing of it ever runs again.
 */

import type { Clock } from '#src/base/clock.js';
import type { Quartz } from './quartz.js';
import type { Random } from './random.js';
import type { Timeline } from './timeline.js';

/** Node's loop: timers, then input and output, then what was asked for at the end of the turn. */
type Phase = 0 | 1 | 2;
const TIMERS: Phase = 0;
const IO: Phase = 1;
const CHECK: Phase = 2;

/** From the first task of a turn to its end: what arrives within belongs to the turn. */
const TURN_MS = 0.02;

/** How late timers may be although nothing holds the process up: they count whole milliseconds. */
const TIMER_GRAIN_MS = 1;

interface Waiting {
  readonly phase: Phase;
  readonly task: () => void;
}

/** Runs one task of the process to its end; what it throws is the simulation's business. */
export type Runner = (process: SimProcess, task: () => void) => void;

export interface SimProcessOptions {
  readonly timeline: Timeline;
  readonly quartz: Quartz;
  readonly random: Random;
  readonly run: Runner;
}

export class SimProcess implements Clock {
  readonly timeline: Timeline;
  readonly #quartz: Quartz;
  readonly #random: Random;
  readonly #run: Runner;
  #dead = false;
  /** Its own time is at least this. */
  #ahead = 0;
  #inbox: Waiting[] = [];
  #turnEnds: (() => void)[] = [];
  readonly #endsTurn = (): void => this.#task(CHECK, this.#performTurnEnds);
  readonly #performTurnEnds = (): void => this.#endTurn();
  /** Clock readings until it is stopped in the middle of a task, and for how long. */
  #readingsLeft = Number.POSITIVE_INFINITY;
  #stallMs = 0;
  /** It was stopped in the middle of a task, whose rest has happened already: it must not go back before that. */
  #withinUntil = 0;

  constructor({ timeline, quartz, random, run }: SimProcessOptions) {
    this.timeline = timeline;
    this.#quartz = quartz;
    this.#random = random;
    this.#run = run;
  }

  get dead(): boolean {
    return this.#dead;
  }

  get stopped(): boolean {
    return this.#ahead > this.timeline.now;
  }

  /** True time as far as this process has come. */
  get now(): number {
    return Math.max(this.timeline.now, this.#ahead);
  }

  mono(): number {
    if (--this.#readingsLeft <= 0) this.#stallHere();
    return this.#quartz.mono(this.now);
  }

  wall(): number {
    if (--this.#readingsLeft <= 0) this.#stallHere();
    return this.#quartz.wall(this.now);
  }

  at(atMono: number, fire: () => void): () => void {
    let cancelled = false;
    const due = (): void => {
      if (cancelled || this.#dead) return;
      // The clock went slower than it promised when the timer was set.
      if (this.#quartz.mono(this.timeline.now) < atMono) this.timeline.at(this.#whenDue(atMono), due);
      else this.#task(TIMERS, () => cancelled || fire());
    };
    const happening = this.timeline.at(this.#whenDue(atMono) + this.#random.fraction() * TIMER_GRAIN_MS, due);
    return () => {
      cancelled = true;
      happening.fire = null;
    };
  }

  endOfTurn(fire: () => void): void {
    this.#turnEnds.push(fire);
    if (this.#turnEnds.length === 1) this.timeline.at(this.now + TURN_MS, this.#endsTurn);
  }

  /** Something reaches the process from outside now. */
  deliver(task: () => void): void {
    this.#task(IO, task);
  }

  /** As `deliver`, at a time. */
  deliverAt(at: number, task: () => void): void {
    this.timeline.at(at, () => this.#task(IO, task));
  }

  /** Stops it for so long, between two tasks. */
  stop(ms: number): void {
    if (this.#dead || ms <= 0) return;
    const wasStopped = this.stopped;
    this.#ahead = Math.max(this.#ahead, this.timeline.now + ms);
    if (!wasStopped) this.#wakeLater();
  }

  /** Lets it go on as soon as can be: at once where it was stopped between two tasks. What has not stopped it yet never will. */
  resume(): void {
    this.#readingsLeft = Number.POSITIVE_INFINITY;
    if (!this.stopped) return;
    this.#ahead = Math.max(this.timeline.now, this.#withinUntil, this.#quartz.suspendedUntil);
    this.timeline.at(this.#ahead, () => this.#wake());
  }

  /** Stops it for so long in the middle of the task in which it reads a clock for the n-th time from now. */
  stopWithin(readings: number, ms: number): void {
    this.#readingsLeft = readings;
    this.#stallMs = ms;
  }

  die(): void {
    this.#dead = true;
    this.#inbox = [];
    this.#turnEnds = [];
  }

  /** Also while it is stopped, since it may go on before it was to. */
  #whenDue(atMono: number): number {
    return Math.max(this.timeline.now, this.#quartz.whenMono(atMono) + 1e-6);
  }

  #stallHere(): void {
    this.#readingsLeft = Number.POSITIVE_INFINITY;
    const wasStopped = this.stopped;
    this.#ahead = this.now + this.#stallMs;
    this.#withinUntil = this.#ahead;
    if (!wasStopped) this.#wakeLater();
  }

  #task(phase: Phase, task: () => void): void {
    if (this.#dead) return;
    if (this.stopped || this.#inbox.length > 0) this.#inbox.push({ phase, task });
    else this.#perform(phase, task);
  }

  /** The end of a turn is many tasks. */
  #perform(phase: Phase, task: () => void): void {
    if (phase === CHECK) task();
    else this.#run(this, task);
  }

  #wakeLater(): void {
    this.timeline.at(this.#ahead, () => this.#wake());
  }

  /** Goes on where the loop happened to be when it was stopped. */
  #wake(): void {
    if (this.#dead) return;
    if (this.stopped) {
      this.#wakeLater();
      return;
    }
    this.#shuffle();
    const first = this.#random.below(3);
    const order = (phase: Phase): number => (phase - first + 3) % 3;
    this.#inbox.sort((a, b) => order(a.phase) - order(b.phase));
    while (this.#inbox.length > 0 && !this.stopped) {
      const next = this.#inbox.shift();
      if (next !== undefined) this.#perform(next.phase, next.task);
    }
    if (this.#inbox.length > 0) this.#wakeLater();
  }

  /** The kernel tells which connections have something in no particular order; timers keep theirs. */
  #shuffle(): void {
    const inbox = this.#inbox;
    for (let left = inbox.length - 1; left > 0; left--) {
      const at = this.#random.below(left + 1);
      const [a, b] = [inbox[left], inbox[at]];
      if (a === undefined || b === undefined || a.phase !== IO || b.phase !== IO) continue;
      inbox[left] = b;
      inbox[at] = a;
    }
  }

  #endTurn(): void {
    const ends = this.#turnEnds;
    this.#turnEnds = [];
    for (const fire of ends) {
      if (this.#dead) return;
      this.#run(this, fire);
    }
  }
}
