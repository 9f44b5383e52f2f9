/**
 * From a data directory to what a replica is made of: its identity, its log, and the state machine as the log leaves it. Nothing
 * is served and nobody is spoken to before this is done.
 */

import type { Chance, Clock } from '../base/clock.js';
import { slot } from '../base/ids.js';
import { StateMachine } from '../kv/state-machine.js';
import type { Decided, Recovered, Replayed } from '../paxos/effects.js';
import { foundingDigest } from '../paxos/membership.js';
import type { ConfigurationValue } from '../paxos/value.js';
import type { Files } from '../store/files.js';
import { type Identity, openIdentity } from '../store/identity.js';
import { openLog, type ReplicaLog } from '../store/log.js';
import type { LogEvents } from '../store/log-writer.js';
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
  readonly log: ReplicaLog;
  readonly machine: StateMachine;
  readonly recovered: Recovered;
  readonly replayed: Replayed;
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
  try {
    return await recoverLog(options, identity);
  } catch (error) {
    await identity.close();
    throw error;
  }
}

async function recoverLog(options: RecoveryOptions, identity: Identity): Promise<RecoveredReplica> {
  const { settings, files, clock, logger, events } = options;
  const began = clock.mono();
  const { dataDirectory: directory, segments } = settings;
  const sizes = segments === undefined ? {} : { sizes: segments };
  const opened = await openLog({ files, clock, directory, identity, events, snapshotSlot: slot(0), ...sizes });
  for (const note of opened.notes) logger.warn('the log was repaired', { note });
  const machine = new StateMachine();
  let configuration: ConfigurationValue | null = null;
  let founding = '';
  await opened.replay((decided: Decided) => {
    machine.apply(decided, null, () => undefined);
    if (decided.value.type !== 'configuration') return;
    configuration = decided.value;
    if (decided.slot === 1) founding = foundingDigest(decided.value);
  });
  logger.info(identity.fresh ? 'made a new data directory' : 'recovered', {
    store: identity.store,
    incarnation: identity.incarnation,
    slots: machine.applied,
    keys: machine.keys,
    ms: Math.round(clock.mono() - began),
  });
  const replayed = { configuration, founding, lastStamp: machine.time };
  return { identity, log: opened.log, machine, recovered: opened.recovered, replayed };
}
