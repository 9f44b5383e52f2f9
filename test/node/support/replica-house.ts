/**
 * Whole replicas over simulated ports: one virtual time, one network, a disk each. A replica can be started, stopped in order,
 * and killed so that nothing of it ever acts again while its disk stays.
 */

import { must } from '#src/base/assert.js';
import type { Clock } from '#src/base/clock.js';
import { replicaName } from '#src/base/ids.js';
import { type RunningReplica, startReplica } from '#src/node/compose.js';
import type { Settings, SnapshotSettings } from '#src/node/settings.js';
import { LIGHT } from '#src/node/write-load.js';
import type { SegmentSizes } from '#src/store/segment-files.js';
import { encodeCommand } from '#src/wire/command.js';
import { type Hook, MemoryDisk, MemoryFiles } from '../../store/support/memory-files.js';
import { LogBook } from './log-book.js';
import { MemoryNet } from './memory-net.js';
import { seededChance, VirtualTime } from './virtual-time.js';

const PEER_PORT = 8000;
export const CLIENT_PORT = 9000;

/** What an operation of the disk takes, where a test does not say otherwise. */
const DISK_MS = 0.3;

interface Life {
  readonly clock: MortalClock;
  readonly files: MemoryFiles;
  readonly replica: RunningReplica;
}

export class ReplicaHouse {
  readonly time = new VirtualTime();
  readonly net = new MemoryNet(this.time);
  readonly names: readonly string[];
  readonly logs = new Map<string, LogBook>();
  readonly disks = new Map<string, MemoryDisk>();
  readonly fatal: string[] = [];
  /** Where they are not the defaults. */
  snapshots: SnapshotSettings | null = null;
  /** Small ones, where a test wants the log to be trimmed. */
  segments: SegmentSizes | null = null;
  /** Between two comparisons of digests, where it is not the default. */
  checkpointSlots: number | null = null;
  /** How long a disk operation of a replica takes, in milliseconds. */
  latency: (name: string, ...operation: Parameters<Hook>) => number = () => DISK_MS;
  /** Sees every disk operation of a replica before it happens. */
  fault: (name: string, ...operation: Parameters<Hook>) => void = () => undefined;
  #starts = 0;
  readonly #lives = new Map<string, Life>();

  constructor(...names: readonly string[]) {
    this.names = names;
    for (const name of names) {
      this.logs.set(name, new LogBook());
      this.disks.set(name, new MemoryDisk());
    }
  }

  /** All started, with the first of the list leading. */
  static async led(...names: readonly string[]): Promise<ReplicaHouse> {
    const house = new ReplicaHouse(...names);
    await Promise.all(names.map((name) => house.start(name)));
    const [first = ''] = names;
    await house.until(`${first} to lead`, () => house.leader() === first);
    return house;
  }

  async start(name: string): Promise<RunningReplica> {
    const clock = new MortalClock(this.time);
    const files = new MemoryFiles(must(this.disks.get(name), name), async (operation) => {
      const tookMs = this.latency(name, operation);
      await new Promise<void>((resolve) => void clock.at(clock.mono() + tookMs, resolve));
      this.fault(name, operation);
    });
    const logger = must(this.logs.get(name), name);
    const ports = {
      clock,
      files,
      logger,
      net: this.net.host(name),
      chance: seededChance(name.charCodeAt(0) + 256 * this.#starts++),
    };
    const starting = startReplica(this.settings(name), ports, () => this.fatal.push(name));
    await this.until(`${name} to start`, starting);
    const replica = await starting;
    this.#lives.set(name, { clock, files, replica });
    return replica;
  }

  replica(name: string): RunningReplica {
    return must(this.#lives.get(name), name).replica;
  }

  /** Nothing of it ever acts again; its connections are reset. */
  kill(name: string): void {
    const { clock, files } = must(this.#lives.get(name), name);
    clock.stop();
    files.crash('kill', () => 0);
    this.net.vanish(name);
    this.#lives.delete(name);
  }

  /** Stops it in order; resolves to how long that took. */
  async close(name: string): Promise<number> {
    const began = this.time.mono();
    await this.until(`${name} to stop`, this.replica(name).close());
    this.#lives.delete(name);
    return this.time.mono() - began;
  }

  /** The leader on whom all that run agree, if there is one. */
  leader(): string | undefined {
    const views = [...this.#lives.values()].map(({ replica }) => replica.view());
    const leader = views[0]?.leader ?? undefined;
    return views.every((view) => view.leader === leader && view.established) ? leader : undefined;
  }

  /** Lets time pass until the condition holds or the promise is settled; fails after `limitMs`. */
  async until(what: string, condition: (() => boolean) | Promise<unknown>, limitMs = 10_000): Promise<void> {
    let settled = false;
    if (condition instanceof Promise) {
      const settle = (): void => {
        settled = true;
      };
      condition.then(settle, settle);
    }
    const holds = typeof condition === 'function' ? condition : () => settled;
    if (await this.time.run(limitMs, holds)) return;
    const told = [...this.logs].map(([name, log]) => `--- ${name}\n${log.lines.slice(-20).join('\n')}`);
    throw new Error(`waited ${limitMs} ms of simulated time in vain for ${what}\n${told.join('\n')}`);
  }

  /** What became of a write at a replica: `OK`, or the kind of the outcome. */
  put(name: string, key: string, value: string): Promise<string> {
    return this.write(name, 'PUT', key, value);
  }

  /** The same for any command. */
  write(name: string, ...words: readonly string[]): Promise<string> {
    return new Promise((resolve) => {
      this.replica(name).service.write(encodeCommand(words), LIGHT, (outcome) => {
        if (outcome.type === 'busy') resolve(`busy: ${outcome.why}`);
        else if (outcome.type !== 'applied') resolve(outcome.type);
        else resolve(outcome.reply.type === 'status' ? outcome.reply.text : outcome.reply.type);
      });
    });
  }

  /** A linearizable read at a replica: the value, `none`, or the kind of the outcome. */
  get(name: string, key: string): Promise<string> {
    return new Promise((resolve) => {
      const { service } = this.replica(name);
      service.read(({ type }) => resolve(type === 'ready' ? (service.machine.get(key)?.value ?? 'none') : type));
    });
  }

  /** Waits for an answer while time passes. */
  async answer<T>(promise: Promise<T>): Promise<T> {
    await this.until('an answer', promise);
    return promise;
  }

  settings(name: string): Settings {
    const members = this.names.map((each) => ({ name: replicaName(each), host: each, port: PEER_PORT }));
    const self = must(
      members.find((member) => member.name === name),
      name,
    );
    return {
      self,
      members,
      cluster: 'test',
      clusterId: '0123456789abcdef'.repeat(4),
      priority: members.length - members.indexOf(self),
      listen: self,
      client: { host: name, port: CLIENT_PORT },
      advertiseClient: `${name}:${CLIENT_PORT}`,
      dataDirectory: '/data',
      ...(this.snapshots === null ? {} : { snapshots: this.snapshots }),
      ...(this.checkpointSlots === null ? {} : { checkpointSlots: this.checkpointSlots }),
      ...(this.segments === null ? {} : { segments: this.segments }),
      timing: { heartbeatMs: 50, leaseMs: 300 },
      reads: 'lease',
      requestTimeoutMs: 2_000,
      limits: {
        keyBytes: 1_024,
        valueBytes: 1_048_576,
        requestBytes: 4_194_304,
        connections: 100,
        outputBytes: 1_048_576,
        dataBytes: 1_073_741_824,
      },
      faultRate: 0,
    };
  }
}

/** The clock of one process, whose timers die with it. */
class MortalClock implements Clock {
  readonly #time: VirtualTime;
  #stopped = false;

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  stop(): void {
    this.#stopped = true;
  }

  mono(): number {
    return this.#time.mono();
  }

  wall(): number {
    return this.#time.wall();
  }

  at(atMono: number, fire: () => void): () => void {
    return this.#time.at(atMono, () => this.#alive(fire));
  }

  endOfTurn(fire: () => void): void {
    this.#time.endOfTurn(() => this.#alive(fire));
  }

  #alive(fire: () => void): void {
    if (!this.#stopped) fire();
  }
}
