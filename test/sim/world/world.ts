/**
 * One simulated world: machines with replicas, clients, the network between them, and true time. It makes things happen one at a
 * time and notices the first thing that is wrong; what goes wrong on purpose is up to the faults, what must hold to the checks.
 */

import { InvariantViolation } from '#src/base/assert.js';
import { messageOf } from '#src/base/errors.js';
import type { LogFields, Logger } from '#src/node/logger.js';
import { ASSERTION, CRASH, Violation } from '../checks/violation.js';
import { type ClusterShape, Machine, type MachineEvents, settingsOf } from './machine.js';
import { Quartz } from './quartz.js';
import { Random } from './random.js';
import { settle } from './settle.js';
import { SimNet } from './sim-net.js';
import { SimProcess } from './sim-process.js';
import { Timeline } from './timeline.js';
import { TraceHash } from './trace-hash.js';

/** How much of a run is told: nothing, the story, or every step of every core. */
export type Telling = 'nothing' | 'story' | 'steps';

export interface WorldOptions {
  readonly seed: number;
  readonly shape: ClusterShape;
  readonly clockDrift: number;
  readonly wallErrorMs: number;
  readonly tells: Telling;
  readonly events: WorldEvents;
}

export interface WorldEvents extends MachineEvents {
  /** A replica's process has just done something. */
  acted(machine: Machine): void;
  /** A line of a replica's log. */
  logged(machine: string, event: string, fields: LogFields): void;
}

export class World {
  readonly seed: number;
  readonly timeline = new Timeline();
  readonly net: SimNet;
  readonly machines: readonly Machine[];
  readonly hash = new TraceHash();
  /** What happened, a line each, when somebody wants to read it. */
  readonly story: string[] | null;
  readonly tellsSteps: boolean;
  violation: Violation | null = null;
  /** The machine whose process is doing something now. */
  acting: Machine | null = null;
  readonly #events: WorldEvents;

  constructor({ seed, shape, clockDrift, wallErrorMs, tells, events }: WorldOptions) {
    this.seed = seed;
    this.story = tells === 'nothing' ? null : [];
    this.tellsSteps = tells === 'steps';
    this.#events = events;
    this.net = new SimNet(this.timeline, seed);
    this.machines = shape.names.map((name, index) => {
      const random = new Random(seed, `quartz ${name}`);
      const rate = 1 + random.between(-clockDrift, clockDrift);
      const quartz = new Quartz(random.between(1_000, 1e9), rate, random.between(-wallErrorMs, wallErrorMs));
      return new Machine({
        name,
        seed,
        timeline: this.timeline,
        net: this.net,
        quartz,
        settings: settingsOf(shape, index),
        run: (machine, process, task) => this.#run(machine, process, task),
        logger: (who) => this.#logger(who),
        events,
      });
    });
  }

  machine(name: string): Machine {
    const found = this.machines.find((machine) => machine.name === name);
    if (found === undefined) throw new Error(`there is no machine ${name}`);
    return found;
  }

  /** A process that is no replica: its clocks are right. */
  bystander(name: string): SimProcess {
    const random = new Random(this.seed, `process ${name}`);
    const quartz = new Quartz(0, 1, 0);
    return new SimProcess({
      timeline: this.timeline,
      quartz,
      random,
      run: (process, task) => this.#run(null, process, task),
    });
  }

  /** Lets time pass up to a moment, or until the condition holds, or something is wrong. True when the condition holds. */
  run(until: number, holds: () => boolean = () => false): boolean {
    while (this.violation === null) {
      if (holds()) return true;
      if (!this.timeline.step(until)) return holds();
    }
    return false;
  }

  tell(who: string, what: string): void {
    this.story?.push(`${(this.timeline.now / 1_000).toFixed(4).padStart(9)} ${who.padEnd(4)} ${what}`);
  }

  /** Only the first one counts: what follows may follow from it. */
  fail(error: unknown): void {
    if (this.violation !== null) return;
    this.violation =
      error instanceof Violation
        ? error
        : new Violation(
            error instanceof InvariantViolation ? ASSERTION : CRASH,
            `${this.acting?.name ?? 'a client'}: ${error instanceof Error ? error.stack : messageOf(error)}`,
          );
    this.tell('!!!', `${this.violation.check}: ${this.violation.message}`);
  }

  /** Runs a check; what it throws ends the run. */
  check(what: () => void): void {
    if (this.violation !== null) return;
    try {
      what();
    } catch (error) {
      this.fail(error);
    }
  }

  #run(machine: Machine | null, process: SimProcess, task: () => void): void {
    if (process.dead || this.violation !== null) return;
    this.acting = machine;
    try {
      task();
      settle();
      if (machine !== null && machine.process === process) this.#events.acted(machine);
    } catch (error) {
      this.fail(error);
    }
    this.acting = null;
    this.hash.add(this.timeline.now, this.timeline.happened);
  }

  #logger(who: string): Logger {
    const say = (level: string, event: string, fields: LogFields = {}): void => {
      this.#events.logged(who, event, fields);
      if (this.story === null) return;
      const shown = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null);
      this.tell(
        who,
        `${level === 'info' ? '' : `${level}: `}${event} ${shown.map(([key, value]) => `${key}=${value}`).join(' ')}`,
      );
    };
    return {
      debugging: false,
      debug: (event, fields) => say('debug', event, fields),
      info: (event, fields) => say('info', event, fields),
      warn: (event, fields) => say('warn', event, fields),
      error: (event, fields) => say('error', event, fields),
    };
  }
}
