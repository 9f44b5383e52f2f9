/**
 * From a data directory to what a replica is made of: its identity, its snapshots, its log, and the state machine as the newest
 * sound snapshot and the log above it leave it. Nothing is served and nobody is spoken to before this is done.
 */

import type { Chance, Clock } from '../base/clock.js';
import { CodedError } from '../base/errors.js';
import type { StoreId } from '../base/ids.js';
import { StateMachine } from '../kv/state-machine.js';
import { StateFilling } from '../kv/state-transfer.js';
import { isDecided } from '../paxos/ballot.js';
import type { Recovered, Replayed } from '../paxos/effects.js';
import type { Files } from '../store/files.js';
import { type Identity, openIdentity } from '../store/identity.js';
import { type LogOptions, type OpenedLog, openLog, type ReplicaLog } from '../store/log.js';
import type { LogEvents } from '../store/log-writer.js';
import type { SnapshotHeader } from '../store/snapshot-format.js';
import { openSnapshots, type SnapshotRef, type Snapshots } from '../store/snapshots.js';
import { Charter } from './charter.js';
import type { Logger } from './logger.js';
import type { Settings } from './settings.js';

const STORE_ID_BYTES = 16;

export interface RecoveryOptions {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly files: Files;
  readonly logger: Logger;
  readonly events: LogEvents;
}

export interface RecoveredReplica {
  readonly identity: Identity;
  /** By the monotonic clock: no earlier life of the directory, which could have granted a lease, lasted longer. */
  readonly aloneSince: number;
  readonly snapshots: Snapshots;
  readonly log: ReplicaLog;
  readonly machine: StateMachine;
  readonly charter: Charter;
  readonly recovered: Recovered;
  readonly replayed: Replayed;
  /** Who executed what the newest snapshot holds: this store, unless it came from a peer. */
  readonly lineage: StoreId;
}

/** Rejects with a CodedError of one plain line where the directory must not be used. */
export async function recover(options: RecoveryOptions): Promise<RecoveredReplica> {
  const { settings, files, chance, clock } = options;
  const identity = await openIdentity(files, settings.dataDirectory, {
    cluster: settings.clusterId,
    clusterName: settings.cluster,
    names: settings.members.map(({ name }) => name),
    name: settings.self.name,
    leaseMs: settings.timing.leaseMs,
    wallMs: clock.wall(),
    draw: chance.bytes(STORE_ID_BYTES),
  });
  const aloneSince = clock.mono();
  try {
    return { ...(await recoverState(options, identity)), aloneSince };
  } catch (error) {
    await identity.close();
    throw error;
  }
}

function beginning({ fresh, restoredFrom }: Identity): string {
  if (!fresh) return 'recovered';
  return restoredFrom === null ? 'made a new data directory' : 'began over what was restored from a backup';
}

async function recoverState(
  options: RecoveryOptions,
  identity: Identity,
): Promise<Omit<RecoveredReplica, 'aloneSince'>> {
  const { settings, files, clock, logger, events } = options;
  const began = clock.mono();
  const { dataDirectory: directory, segments } = settings;
  const snapshots = await openSnapshots({ files, clock, directory });
  const sizes = segments === undefined ? {} : { sizes: segments };
  const logOptions = { files, clock, directory, identity, events, ...sizes };
  const { machine, header, opened } = await openAbove(snapshots, logOptions, options);
  const snapshotSlot = machine.applied;
  const charter = new Charter(header?.configuration ?? null, header?.founding || opened.founding);
  for (const note of opened.findings.dropped) logger.info('dropped a write that a crash cut short', { note });
  for (const note of opened.findings.damage) logger.error('a part of the log cannot be read', { note });
  machine.table.gatherKeys();
  await opened.replay((decided) => {
    machine.apply(decided, null, () => undefined);
    charter.apply(decided);
  });
  machine.table.stopGathering();
  logger.info(beginning(identity), {
    store: identity.store,
    incarnation: identity.incarnation,
    snapshot: snapshotSlot,
    slots: machine.applied,
    keys: machine.keys,
    ms: Math.round(clock.mono() - began),
  });
  const seat = charter.configuration?.seats.find(({ name }) => name === settings.self.name);
  if (seat !== undefined && seat.store !== identity.store) {
    logger.warn('is still only a learner: another store has the vote under this name', { counted: seat.store });
  }
  const { log, recovered } = opened;
  // A restored store began with the keys of the backup: what the log makes of none is no state to be used.
  const isStateless = header === null && identity.restoredFrom !== null;
  if (isStateless) logger.error('no sound snapshot is left of what was restored: it is fetched from another replica');
  const replayed = replayedOf(machine, charter, opened, isStateless);
  // What the newest segment began with may be older; the next one must not be.
  log.note(replayed.configuration, replayed.founding);
  const lineage = header?.lineage ?? identity.store;
  return { identity, snapshots, log, machine, charter, recovered, replayed, lineage };
}

interface Loaded {
  readonly machine: StateMachine;
  /** Of the snapshot that the state comes from. */
  readonly header: SnapshotHeader | null;
  readonly ref: SnapshotRef | null;
}

interface LoadedAndOpened extends Loaded {
  readonly opened: OpenedLog;
}

/** The newest sound snapshot that the log goes on from, and the log. Others are put aside on the way. */
async function openAbove(
  snapshots: Snapshots,
  log: Omit<LogOptions, 'snapshotSlot' | 'snapshotFounding' | 'identity'> & { readonly identity: Identity },
  { logger, settings }: RecoveryOptions,
): Promise<LoadedAndOpened> {
  for (;;) {
    const loaded = await loadNewest(snapshots, log.identity, logger, settings);
    const { machine, header, ref } = loaded;
    try {
      const snapshotFounding = header?.founding ?? '';
      return { ...loaded, opened: await openLog({ ...log, snapshotSlot: machine.applied, snapshotFounding }) };
    } catch (error) {
      if (ref === null || !(error instanceof CodedError) || error.code !== 'foreign-snapshot') throw error;
      logger.error('put a snapshot of another founding aside', { file: ref.name, reason: error.message });
      await snapshots.setAside(ref, 'foreign');
    }
  }
}

/** A state machine as the newest sound snapshot has it, empty when there is none. Damaged ones are put aside on the way. */
async function loadNewest(
  snapshots: Snapshots,
  identity: Identity,
  logger: Logger,
  settings: Settings,
): Promise<Loaded> {
  for (const ref of [...snapshots.all].reverse()) {
    const filling = new StateFilling();
    const header = await load(snapshots, ref, filling, logger);
    if (header === null) continue;
    refuseForeign(header, ref, identity);
    const machine = new StateMachine(settings.checkpointSlots);
    machine.adopt(filling);
    return { machine, header, ref };
  }
  if (identity.restoredFrom !== null) refuseAlone(identity, settings);
  return { machine: new StateMachine(settings.checkpointSlots), header: null, ref: null };
}

/**
 * The log alone tells what was done to the keys of the backup, not which they were: without another replica, or before this
 * one has anything to remember, only the backup helps.
 */
function refuseAlone({ fresh }: Identity, { members, dataDirectory }: Settings): void {
  if (!fresh && members.length > 1) return;
  const why = fresh ? 'this replica has never run' : 'there is no other replica to get one from';
  const message =
    `no sound snapshot is left in ${dataDirectory} of what was restored from a backup, and ${why}: ` +
    'move the directory away, and restore the backup into an empty one';
  throw new CodedError('no-snapshot', message);
}

async function load(
  snapshots: Snapshots,
  ref: SnapshotRef,
  filling: StateFilling,
  logger: Logger,
): Promise<SnapshotHeader | null> {
  try {
    return (await snapshots.load(ref, filling)).header;
  } catch (error) {
    if (!(error instanceof CodedError) || error.code !== 'snapshot-damaged') throw error;
    logger.error('put a damaged snapshot aside: an older one, the log or a peer has to do', { reason: error.message });
    await snapshots.setAside(ref, 'damaged');
    return null;
  }
}

/** A file that somebody copied here: its state is not what the log goes on from. */
function refuseForeign(
  { clusterId, slot: at, cluster }: SnapshotHeader,
  { name }: SnapshotRef,
  identity: Identity,
): void {
  if (clusterId === identity.cluster || (at === 0 && clusterId === identity.restoredFrom)) return;
  const message = `the snapshot ${name} belongs to another cluster '${cluster}': remove it, and see what else was copied`;
  throw new CodedError('other-cluster', message, { snapshot: clusterId, expected: identity.cluster });
}

/**
 * What the core begins with. Where decided slots cannot be read any more, the state is behind what the log itself says of the
 * cluster.
 */
function replayedOf(
  machine: StateMachine,
  charter: Charter,
  { recovered, configuration }: OpenedLog,
  isStateless: boolean,
): Replayed {
  const isBehind = recovered.faulty.some(({ ballot }) => isDecided(ballot));
  const newest = isBehind || charter.configuration === null ? configuration : null;
  return {
    configuration: newest ?? charter.configuration,
    founding: charter.founding,
    lastStamp: machine.time,
    isStateless,
  };
}
