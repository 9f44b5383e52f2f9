/**
 * From read options to settings: the defaults that follow from something else, and what must hold between options.
 */

import { REQUEST_BYTES } from '../../wire/request-reader.js';
import type { Limits, Settings } from '../settings.js';
import { addressText, dialHost, isWildcard, parseAddress, parseEntry } from './addresses.js';
import { clusterId } from './cluster-id.js';
import { findMembers, priorityByPlace } from './members.js';
import type { OptionValues } from './option-table.js';
import { UsageError } from './usage-error.js';

const CLIENT_PORT_OFFSET = 1_000;
const MAX_PORT = 65_535;
const LEAST_HEARTBEATS_A_LEASE = 3;

/** A command around its longest key and value, with a few quotes and escapes, in either syntax. */
const AROUND_BYTES = 3 * 1024;
const LEAST_AROUND_BYTES = '*3\r\n$3\r\nPUT\r\n$1048576\r\n\r\n$16777216\r\n\r\n'.length;

/** Where to listen and the list, as given. */
export interface Places {
  readonly listen: string;
  readonly replicas: readonly string[];
}

/** `localHosts`: of these hosts, those that lead to this machine. Rejects with UsageError. */
export async function makeSettings(
  places: Places,
  values: OptionValues,
  localHosts: (hosts: readonly string[]) => Promise<ReadonlySet<string>>,
): Promise<Settings> {
  const listen = parseAddress(places.listen, 'listen');
  const entries = places.replicas.map((text) => parseEntry(text, 'replicas'));
  const candidates = entries.filter(({ port }) => port === listen.port).map(({ host }) => host);
  // Asking may take a name server: only where the answer counts.
  const obvious = values.name !== undefined || candidates.includes(listen.host);
  const local = await localHosts(obvious ? [] : candidates);
  const found = findMembers({ listen, entries, name: values.name ?? null, isLocal: (host) => local.has(host) });
  const client = values.client ?? { host: listen.host, port: clientPort(listen.port) };
  if (
    client.port === listen.port &&
    (client.host === listen.host || isWildcard(client.host) || isWildcard(listen.host))
  )
    throw new UsageError(`--client: ${addressText(client)} is where the other replicas come; give another port`);
  const advertised = values['advertise-client'] ?? {
    // A wildcard is no address to give to anyone; the list names this replica by something that others reach.
    host: isWildcard(client.host) ? dialHost(found.self.host) : client.host,
    port: client.port,
  };
  const names = found.members.map(({ name }) => name);
  return {
    ...found,
    cluster: values.cluster,
    clusterId: clusterId(values.cluster, names),
    priority: values.priority ?? priorityByPlace(found),
    listen,
    client,
    advertiseClient: addressText(advertised),
    dataDirectory: values.data ?? `data/${listen.port}`,
    timing: timingOf(values),
    reads: values.reads,
    requestTimeoutMs: values['request-timeout-ms'],
    limits: limitsOf(values),
    snapshots: {
      logBytes: values['snapshot-log-bytes'],
      keepSlots: values['keep-slots'],
      keepLogBytes: values['keep-log-bytes'],
    },
    faultRate: values['fault-rate'],
  };
}

function clientPort(peerPort: number): number {
  const port = peerPort + CLIENT_PORT_OFFSET;
  if (port > MAX_PORT) throw new UsageError(`listen: no port is left for clients above ${peerPort}; add --client`);
  return port;
}

function timingOf(values: OptionValues): Settings['timing'] {
  const timing = { heartbeatMs: values['heartbeat-ms'], leaseMs: values['lease-ms'] };
  if (timing.leaseMs >= LEAST_HEARTBEATS_A_LEASE * timing.heartbeatMs) return timing;
  const least = LEAST_HEARTBEATS_A_LEASE * timing.heartbeatMs;
  throw new UsageError(
    `--lease-ms: ${timing.leaseMs} is less than ${LEAST_HEARTBEATS_A_LEASE} heartbeats, which are ${least} ms`,
  );
}

function limitsOf(values: OptionValues): Limits {
  const { 'key-bytes': keyBytes, 'value-bytes': valueBytes } = values;
  const limits = {
    keyBytes,
    valueBytes,
    requestBytes: values['request-bytes'] ?? Math.max(REQUEST_BYTES, keyBytes + valueBytes + AROUND_BYTES),
    connections: values.connections,
    outputBytes: values['output-bytes'],
    dataBytes: values['data-bytes'],
  };
  const least = keyBytes + valueBytes + LEAST_AROUND_BYTES;
  if (limits.requestBytes < least) {
    throw new UsageError(
      `--request-bytes: ${limits.requestBytes} is less than a PUT of --key-bytes and --value-bytes takes, which is ${least}`,
    );
  }
  if (limits.outputBytes >= valueBytes) return limits;
  throw new UsageError(`--output-bytes: ${limits.outputBytes} is less than --value-bytes, which is ${valueBytes}`);
}
