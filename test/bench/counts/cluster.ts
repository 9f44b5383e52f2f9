/**
 * Three whole replicas over the ports of the simulation, in a world without faults: every delay is drawn from one seed, so
 * a run is the same each time. Somebody may look on: at the ports as a replica gets them, and at each of its tasks. What is
 * asked of the replicas is up to others.
 */

import { must } from '#src/base/assert.js';
import { CHECKPOINT_SLOTS } from '#src/kv/running-digest.js';
import { type Ports, type RunningReplica, startReplica } from '#src/node/compose.js';
import type { Logger } from '#src/node/logger.js';
import { DEFAULT_TIMING } from '#src/paxos/timing.js';
import { DEFAULT_SIZES } from '#src/store/segment-files.js';
import { type ClusterShape, settingsOf } from '../../sim/world/machine.js';
import { Quartz } from '../../sim/world/quartz.js';
import { Random } from '../../sim/world/random.js';
import { settle } from '../../sim/world/settle.js';
import { SimDisk, type Span } from '../../sim/world/sim-disk.js';
import { SimFiles } from '../../sim/world/sim-files.js';
import { SimNet } from '../../sim/world/sim-net.js';
import { SimProcess } from '../../sim/world/sim-process.js';
import { Timeline } from '../../sim/world/timeline.js';

/** Who looks on. */
export interface Onlooker {
  /** The ports that a replica gets in place of these. */
  portsOf(ports: Ports): Ports;
  /** Carries out a task of a replica, promises included. */
  task(carryOut: () => void): void;
}

/** `a` leads: it has the highest priority. */
export const LEADER = 'a';
export const FOLLOWER = 'b';

/** As daemons have it by default. */
const SHAPE: ClusterShape = {
  names: [LEADER, FOLLOWER, 'c'],
  priorities: [3, 2, 1],
  ...DEFAULT_TIMING,
  reads: 'lease',
  requestTimeoutMs: 5_000,
  segments: DEFAULT_SIZES,
  snapshots: undefined,
  checkpointSlots: CHECKPOINT_SLOTS,
};

/** Between two hosts of a room, and a solid-state disk. */
const DELAY_MS: Span = [0.05, 0.3];
const WRITE_MS: Span = [0.1, 0.6];

const START_MS = 10_000;

const SILENT: Logger = {
  debugging: false,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

export class Cluster {
  readonly timeline = new Timeline();
  readonly net: SimNet;
  readonly #seed: number;
  readonly #onlooker: Onlooker;
  readonly #replicas = new Map<string, RunningReplica>();

  constructor(seed: number, onlooker: Onlooker) {
    this.#seed = seed;
    this.#onlooker = onlooker;
    this.net = new SimNet(this.timeline, seed);
    this.net.delayMs = DELAY_MS;
  }

  /** A process that is no replica. */
  bystander(name: string): SimProcess {
    return this.#process(name, (_, task) => act(task));
  }

  /** Slots decided so far. */
  get decided(): number {
    return must(this.#replicas.get(LEADER), 'the leader').view().decided;
  }

  /** Starts all, and lets time pass until the leader is known to all. */
  start(): void {
    for (const [index, name] of SHAPE.names.entries()) this.#start(index, name);
    this.until('a leader', START_MS, () => this.#replicas.size === SHAPE.names.length && this.#isLed());
  }

  /** Lets so much time pass. */
  pass(ms: number): void {
    const end = this.timeline.now + ms;
    while (this.timeline.step(end));
  }

  /** Lets time pass until the condition holds. */
  until(what: string, limitMs: number, holds: () => boolean): void {
    const end = this.timeline.now + limitMs;
    while (!holds())
      if (!this.timeline.step(end)) throw new Error(`waited ${limitMs} simulated ms in vain for ${what}`);
  }

  #isLed(): boolean {
    return [...this.#replicas.values()].every((replica) => {
      const { leader, established } = replica.view();
      return leader === LEADER && established;
    });
  }

  #start(index: number, name: string): void {
    const process = this.#process(name, (_, task) => this.#onlooker.task(() => act(task)));
    const disk = new SimDisk(new Random(this.#seed, `disk ${name}`));
    disk.writeMs = WRITE_MS;
    const ports = this.#onlooker.portsOf({
      clock: process,
      chance: new Random(this.#seed, `chance ${name}`),
      files: new SimFiles(disk, process),
      net: this.net.portOf(name, process),
      logger: SILENT,
    });
    process.deliver(() => {
      void startReplica(settingsOf(SHAPE, index), ports, fail).then((replica) => this.#replicas.set(name, replica));
    });
  }

  #process(name: string, run: (process: SimProcess, task: () => void) => void): SimProcess {
    const quartz = new Quartz(0, 1, 0);
    return new SimProcess({ timeline: this.timeline, quartz, random: new Random(this.#seed, `process ${name}`), run });
  }
}

function act(task: () => void): void {
  task();
  settle();
}

function fail(error: unknown): never {
  throw error;
}
