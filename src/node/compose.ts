/**
 * The one place where a replica is put together: given its settings and the ports to the world it recovers, builds every part,
 * and opens its two listeners, the clients' one last. It runs over whatever ports it is given; which they are, and when the
 * process ends, is up to the host or the simulator.
 */

import type { Chance, Clock } from '../base/clock.js';
import { type ReplicaName, slot } from '../base/ids.js';
import type { Now } from '../paxos/effects.js';
import type { PeerMessage } from '../paxos/message.js';
import { Replica } from '../paxos/replica.js';
import type { View } from '../paxos/view.js';
import type { Files } from '../store/files.js';
import { type Hello, PROTOCOL_VERSION } from '../wire/hello.js';
import { type ClientPort, openClientPort } from './clients/client-port.js';
import { Driver } from './driver.js';
import { LogRelay } from './log-relay.js';
import type { Logger } from './logger.js';
import { Origin } from './origin/origin.js';
import { Links } from './peers/links.js';
import { Memory } from './peers/memory.js';
import type { Meter, Net } from './ports.js';
import { type RecoveredReplica, recover } from './recovery.js';
import { ReplicaService, type StorageStatus } from './replica-service.js';
import type { Service } from './service.js';
import type { Settings } from './settings.js';
import { shutDown } from './shutdown.js';
import { Upkeep } from './snapshots/upkeep.js';

/** Everything that a replica touches outside itself. */
export interface Ports {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly files: Files;
  readonly net: Net;
  readonly logger: Logger;
  /** Absent in a simulation. */
  readonly meter?: Meter;
}

/** Digits of the cluster's id that a Hello shows next to its name: enough to tell two apart, few enough to read. */
const SHOWN_ID = 16;

/**
 * Recovers and runs one replica. Rejects with a CodedError of one plain line where it cannot. `fatal` is called at most
 * once, when the replica must not go on; it is silent from then on.
 */
export async function startReplica(
  settings: Settings,
  ports: Ports,
  fatal: (error: unknown) => void,
): Promise<RunningReplica> {
  const relay = new LogRelay();
  const recovered = await recover({ ...ports, settings, events: relay });
  const replica = new RunningReplica(settings, ports, recovered, relay, fatal);
  try {
    await replica.open();
  } catch (error) {
    await replica.abandon();
    throw error;
  }
  return replica;
}

export class RunningReplica {
  readonly #settings: Settings;
  readonly #ports: Ports;
  readonly #recovered: RecoveredReplica;
  readonly #memory: Memory;
  readonly #core: Replica;
  readonly #origin: Origin;
  readonly #links: Links;
  readonly #upkeep: Upkeep;
  readonly #driver: Driver;
  readonly #service: ReplicaService;
  readonly #roleWatchers: (() => void)[] = [];
  #clients: ClientPort | null = null;

  constructor(
    settings: Settings,
    ports: Ports,
    recovered: RecoveredReplica,
    relay: LogRelay,
    fatal: (error: unknown) => void,
  ) {
    this.#settings = settings;
    this.#ports = ports;
    this.#recovered = recovered;
    this.#memory = new Memory(recovered.machine);
    this.#core = this.#makeCore();
    this.#origin = this.#makeOrigin();
    this.#links = this.#makeLinks();
    this.#upkeep = this.#makeUpkeep();
    this.#driver = this.#makeDriver(fatal);
    this.#service = this.#makeService();
    relay.connect({
      persisted: (lsn) => this.#driver.persisted(lsn),
      failed: (error) => this.#driver.fail('writing the log', error),
      space: (ok, reason) => this.#space(ok, reason),
    });
  }

  get service(): Service {
    return this.#service;
  }

  view(): View {
    return this.#core.view(this.#now());
  }

  /** What it is made of, for a simulator to look at; nothing here asks. */
  get inside(): { readonly core: Replica; readonly recovered: RecoveredReplica; readonly origin: Origin } {
    return { core: this.#core, recovered: this.#recovered, origin: this.#origin };
  }

  /** Joins the cluster, and lets clients in. */
  async open(): Promise<void> {
    const { settings, ports, service } = { settings: this.#settings, ports: this.#ports, service: this.#service };
    const { store, incarnation } = this.#recovered.identity;
    this.#origin.begin({ store, incarnation });
    await this.#links.start();
    this.#driver.start();
    this.#clients = await openClientPort(settings.client, {
      net: ports.net,
      clock: ports.clock,
      logger: ports.logger,
      service,
      limits: settings.limits,
      requestTimeoutMs: settings.requestTimeoutMs,
    });
  }

  /** Hands over, finishes what is under way, marks the log: a few seconds at most. To be called once. */
  async close(): Promise<void> {
    await shutDown({
      ...this.#ports,
      self: this.#settings.self.name,
      view: () => this.view(),
      closeClients: async () => {
        await Promise.all([this.#links.stopAccepting(), this.#clients?.close()]);
      },
      drain: () => this.#driver.submit({ type: 'drain', on: true }),
      watchRoles: (changed) => void this.#roleWatchers.push(changed),
      writeSnapshot: (limitMs) => this.#upkeep.finish(limitMs),
      closeAll: () => this.abandon(),
    });
  }

  /** Ends at once, but in order: nothing is promised or answered any more, and the log is closed cleanly. */
  async abandon(): Promise<void> {
    this.#driver.stop();
    this.#origin.close();
    await this.#links.stop();
    await this.#upkeep.stop();
    await this.#recovered.log.close();
    await this.#recovered.identity.close();
  }

  #makeCore(): Replica {
    const { self, members, priority, timing, reads } = this.#settings;
    const { identity, recovered, replayed, lineage, machine } = this.#recovered;
    return new Replica(
      {
        name: self.name,
        store: identity.store,
        incarnation: identity.incarnation,
        priority,
        names: members.map(({ name }) => name),
        timing,
        reads,
        restartWaitMs: this.#restartWaitMs(),
        heard: identity.heard,
        recovered,
        replayed,
        lineage,
        sessions: machine,
        agenda: machine,
      },
      this.#now(),
    );
  }

  /**
   * What is left of the longest lease that an earlier life may have granted at its end; reading the state has taken some of
   * it.
   */
  #restartWaitMs(): number {
    const { identity, aloneSince } = this.#recovered;
    return Math.max(0, identity.longestLeaseMs - (this.#ports.clock.mono() - aloneSince));
  }

  #makeOrigin(): Origin {
    return new Origin({
      clock: this.#ports.clock,
      machine: this.#recovered.machine,
      requestTimeoutMs: this.#settings.requestTimeoutMs,
      isDistrusted: () => this.#upkeep.distrusts,
      driver: {
        canForward: () => this.#driver.canForward(),
        propose: (parcel) => this.#driver.submit({ type: 'propose', parcel }),
        askRead: (id) => this.#driver.submit({ type: 'read', id }),
        flushWanted: () => this.#driver.flushWanted(),
      },
    });
  }

  #makeLinks(): Links {
    const { self, members, listen, timing } = this.#settings;
    return new Links({
      ...this.#ports,
      self,
      members,
      listen,
      heartbeatMs: timing.heartbeatMs,
      greeter: {
        hello: (lane, to, remembered) => this.#hello({ lane, to, ...remembered }),
        remembered: (theirs) => ({
          remembered: this.#memory.above(theirs),
          rememberedLsn: this.#core.remembered(theirs.store),
        }),
      },
      events: {
        up: (peer, { store, incarnation, remembered, rememberedLsn, founding }) => {
          this.#memory.note({ store, incarnation });
          this.#driver.submit({ type: 'link-up', peer, store, incarnation, remembered, rememberedLsn, founding });
        },
        down: (peer) => {
          this.#upkeep.linkDown(peer);
          this.#driver.submit({ type: 'link-down', peer });
        },
        message: (from, message) => this.#message(from, message),
      },
    });
  }

  #makeUpkeep(): Upkeep {
    const { identity, snapshots, log, machine, charter, replayed } = this.#recovered;
    return new Upkeep({
      ...this.#ports,
      settings: this.#settings,
      clusterId: identity.cluster,
      machine,
      charter,
      snapshots,
      log,
      isStateless: replayed.isStateless ?? false,
      hands: {
        send: (to, message) => this.#driver.send(to, message),
        submit: (input) => this.#driver.submit(input),
        installed: () => this.#origin.installed(),
        mayInstall: () => this.view().lost === null,
        firstSlot: () => this.#core.acceptorState().firstSlot,
        lineage: () => this.#core.lineage,
        fail: (doing, error) => this.#driver.fail(doing, error),
      },
    });
  }

  #makeDriver(fatal: (error: unknown) => void): Driver {
    const { log, identity } = this.#recovered;
    return new Driver({
      ...this.#ports,
      core: this.#core,
      log,
      store: identity.store,
      identity,
      origin: this.#origin,
      upkeep: this.#upkeep,
      links: this.#links,
      faultRate: this.#settings.faultRate,
      roleChanged: () => this.#roleChanged(),
      fatal: (error) => {
        this.#origin.close();
        fatal(error);
      },
    });
  }

  #makeService(): ReplicaService {
    return new ReplicaService({
      name: this.#settings.self.name,
      pid: this.#settings.pid ?? null,
      machine: this.#recovered.machine,
      origin: this.#origin,
      clock: this.#ports.clock,
      meter: this.#ports.meter ?? null,
      view: () => this.view(),
      time: () => this.#core.time(this.#now()),
      storage: () => this.#storage(),
      isDistrusted: () => this.#upkeep.distrusts,
      addressOf: (name) => this.#addressOf(name),
      drain: (on) => this.#driver.submit({ type: 'drain', on }),
      snapshotNow: () => this.#upkeep.backup(),
    });
  }

  #hello(said: Pick<Hello, 'lane' | 'to' | 'remembered' | 'rememberedLsn'>): Hello {
    const { self, members, timing, advertiseClient } = this.#settings;
    const { store, incarnation } = this.#recovered.identity;
    return {
      version: PROTOCOL_VERSION,
      cluster: this.#clusterShown(),
      name: self.name,
      store,
      incarnation,
      names: members.map(({ name }) => name),
      ...timing,
      founding: this.#recovered.charter.founding,
      clientAddress: advertiseClient,
      ...said,
    };
  }

  #storage(): StorageStatus {
    const { firstSlot } = this.#core.acceptorState();
    const logBytes = this.#recovered.log.bytesSince(slot(firstSlot - 1));
    const { snapshot: snapshotSlot, pulling: catchingUp } = this.#upkeep.view;
    return { logBytes, firstSlot, snapshotSlot, catchingUp };
  }

  /** What two replicas must have in common, so that people see in which part they differ. */
  #clusterShown(): string {
    const { cluster, restoredFrom } = this.#recovered.identity;
    const origin = restoredFrom === null ? '' : `, restored from backup ${restoredFrom.slice(0, SHOWN_ID)}`;
    return `${this.#settings.cluster} (${cluster.slice(0, SHOWN_ID)}${origin})`;
  }

  #addressOf(name: ReplicaName): string | null {
    if (name === this.#settings.self.name) return this.#settings.advertiseClient;
    return this.#links.helloOf(name)?.clientAddress ?? null;
  }

  #message(from: ReplicaName, message: PeerMessage): void {
    const isOfSnapshots = message.type === 'snapshot-fetch' || message.type === 'snapshot-part';
    if (isOfSnapshots) this.#upkeep.message(from, message);
    else this.#driver.submit({ type: 'message', from, message });
  }

  #roleChanged(): void {
    for (const watcher of this.#roleWatchers) watcher();
  }

  #space(ok: boolean, reason: string): void {
    const { logger } = this.#ports;
    if (ok) logger.info('there is room for the log again');
    else logger.error('there is no room for the log: new writes are refused', { reason });
    this.#driver.space(ok);
    this.#service.refuseWrites(
      ok ? null : 'the disk of this replica has no room; not executed; use another, or free space',
    );
  }

  #now(): Now {
    return { wall: this.#ports.clock.wall(), mono: this.#ports.clock.mono() };
  }
}
