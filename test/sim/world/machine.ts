/**
 * A machine that runs one replica, the whole of it, over simulated ports: its disk, its clocks, and one process after another.
 * The process dies by itself where the product would end it; who starts it again, and when, is up to the simulation.
 */

import { CodedError } from '#src/base/errors.js';
import { replicaName } from '#src/base/ids.js';
import { type RunningReplica, startReplica } from '#src/node/compose.js';
import type { Logger } from '#src/node/logger.js';
import type { Settings } from '#src/node/settings.js';
import type { View } from '#src/paxos/view.js';
import type { Quartz } from './quartz.js';
import { Random } from './random.js';
import { SimDisk } from './sim-disk.js';
import { SimFiles } from './sim-files.js';
import type { SimNet } from './sim-net.js';
import { SimProcess } from './sim-process.js';
import type { Timeline } from './timeline.js';

/** `kill`: the process dies. `power`: the machine goes dark. `exit`: the process ends by itself. */
export type Death = 'kill' | 'power' | 'exit';

/** What the simulation wants to know of a machine. */
export interface MachineEvents {
  started(machine: Machine): void;
  /** The process said why it would not start, or go on, and ended. */
  ended(machine: Machine, error: unknown): void;
  died(machine: Machine, death: Death): void;
}

export interface MachineOptions {
  readonly name: string;
  readonly seed: number;
  readonly timeline: Timeline;
  readonly net: SimNet;
  readonly quartz: Quartz;
  readonly settings: Settings;
  readonly run: (machine: Machine, process: SimProcess, task: () => void) => void;
  readonly events: MachineEvents;
  logger(name: string): Logger;
}

export class Machine {
  readonly name: string;
  readonly disk: SimDisk;
  readonly quartz: Quartz;
  settings: Settings;
  process: SimProcess | null = null;
  replica: RunningReplica | null = null;
  lives = 0;
  /** What its monotonic clock showed when the process was started. */
  startedMono = 0;
  /** The disk holds other bytes than were written to it. */
  isDamaged = false;
  /** How often that was done to it. */
  damages = 0;
  /** The slot of the last snapshot that was taken from its disk; whoever runs does not know of that. */
  snapshotTaken = 0;
  /** Its state machine was made to do something else than the log says, and nobody has mended that. */
  isWrong = false;
  /** The disk was replaced after the first start. */
  isWiped = false;
  /** Its replica thinks that it leads, as the checks have seen; not once it is down. */
  leads = false;
  /** Its disk holds what slot 1 was decided as. */
  knowsFounding = false;
  /** It was told to end, and has not yet. */
  isClosing = false;
  /** Its replica says that it has room on the disk for what comes. */
  hasRoom = true;
  /** How often it took over a snapshot of a peer. */
  takeovers = 0;
  /** A snapshot failed and none was written since: it is tried again after a minute, and the log grows until then. */
  lacksSnapshot = false;
  /** Why it cannot be started any more, null while it can. */
  outOfOrder: string | null = null;
  readonly #options: MachineOptions;
  #files: SimFiles | null = null;

  constructor(options: MachineOptions) {
    this.#options = options;
    this.name = options.name;
    this.settings = options.settings;
    this.quartz = options.quartz;
    this.disk = new SimDisk(new Random(options.seed, `disk ${options.name}`));
  }

  /** The process is there, ready or not. */
  get isUp(): boolean {
    return this.process !== null;
  }

  view(): View | null {
    const { timeline } = this.#options;
    const now = { mono: this.quartz.mono(timeline.now), wall: this.quartz.wall(timeline.now) };
    return this.replica?.inside.core.view(now) ?? null;
  }

  start(): void {
    if (this.process !== null || this.outOfOrder !== null) return;
    const { seed, name, timeline, net, quartz, run, logger, events } = this.#options;
    this.lives++;
    const random = new Random(seed, `process ${name} ${this.lives}`);
    const process = new SimProcess({
      timeline,
      quartz,
      random,
      run: (one, task) => run(this, one, task),
    });
    const files = new SimFiles(this.disk, process);
    this.process = process;
    this.#files = files;
    net.switchOn(name);
    quartz.wakeUp(timeline.now);
    this.startedMono = quartz.mono(timeline.now);
    const chance = new Random(seed, `chance ${name} ${this.lives}`);
    const ports = { clock: process, chance, files, net: net.portOf(name, process), logger: logger(name) };
    const end = (error: unknown): void => {
      if (process.dead) return;
      this.crash('exit');
      events.ended(this, error);
    };
    process.deliver(() => {
      startReplica(this.settings, ports, (error) => timeline.at(process.now, () => end(error))).then(
        (replica) => {
          if (process.dead) return;
          this.replica = replica;
          events.started(this);
        },
        (error: unknown) => end(error),
      );
    });
  }

  /** Nothing of the process ever acts again. */
  crash(death: Death): void {
    const { process } = this;
    if (process === null) return;
    process.die();
    this.#files?.crash(death === 'power');
    if (death === 'power') this.#options.net.switchOff(this.name, process);
    else this.#options.net.closeAllOf(process);
    this.process = null;
    this.replica = null;
    this.isClosing = false;
    this.hasRoom = true;
    this.lacksSnapshot = false;
    this.#options.events.died(this, death);
  }

  /** Ends it in order; then the process is gone. */
  close(): void {
    const { process, replica } = this;
    if (process === null || replica === null || this.isClosing) return;
    this.isClosing = true;
    process.deliver(() => {
      replica.close().then(
        () => {
          if (!process.dead) this.crash('exit');
        },
        (error: unknown) => {
          if (!(error instanceof CodedError)) throw error;
          if (!process.dead) this.crash('exit');
        },
      );
    });
  }

  /** Its disk is replaced by an empty one. Only while it is down. */
  wipe(): void {
    this.disk.replace();
    this.isWiped = true;
    this.knowsFounding = false;
    this.isDamaged = false;
    this.snapshotTaken = 0;
    this.outOfOrder = null;
  }

  /** What is on its disk was changed. */
  damage(): void {
    this.isDamaged = true;
    this.damages++;
  }

  /** From its next start on. */
  set(change: Pick<Partial<Settings>, 'priority' | 'faultRate'>): void {
    this.settings = { ...this.settings, ...change };
  }
}

export interface ClusterShape {
  readonly names: readonly string[];
  readonly priorities: readonly number[];
  readonly heartbeatMs: number;
  readonly leaseMs: number;
  readonly reads: 'lease' | 'quorum';
  readonly requestTimeoutMs: number;
  readonly segments: Settings['segments'];
  readonly snapshots: Settings['snapshots'];
  readonly checkpointSlots: number;
}

const PEER_PORT = 8_000;
export const CLIENT_PORT = 9_000;

export function settingsOf(shape: ClusterShape, index: number): Settings {
  const members = shape.names.map((name) => ({ name: replicaName(name), host: name, port: PEER_PORT }));
  const self = members[index];
  if (self === undefined) throw new Error(`there is no replica ${index}`);
  return {
    self,
    members,
    cluster: 'sim',
    clusterId: '0123456789abcdef'.repeat(4),
    priority: shape.priorities[index] ?? 1,
    listen: self,
    client: { host: self.host, port: CLIENT_PORT },
    advertiseClient: `${self.host}:${CLIENT_PORT}`,
    dataDirectory: '/data',
    ...(shape.segments === undefined ? {} : { segments: shape.segments }),
    ...(shape.snapshots === undefined ? {} : { snapshots: shape.snapshots }),
    checkpointSlots: shape.checkpointSlots,
    timing: { heartbeatMs: shape.heartbeatMs, leaseMs: shape.leaseMs },
    reads: shape.reads,
    requestTimeoutMs: shape.requestTimeoutMs,
    limits: {
      keyBytes: 1_024,
      valueBytes: 1_048_576,
      requestBytes: 4_194_304,
      connections: 200,
      outputBytes: 67_108_864,
      dataBytes: 1_073_741_824,
    },
    faultRate: 0,
  };
}
