/** The command line of `npm run bench`. */
import { tmpdir } from 'node:os';
import { messageOf } from '#src/base/errors.js';
import { MOST_REPLICAS } from '#src/cluster/options.js';
import { UsageError } from '#src/node/host/usage-error.js';
import { choice, type Form, notNegative, positive, share, text, whole } from '../command-line/forms.js';
import { flag, optional, orAlone, several, usually } from '../command-line/option.js';
import type { Program } from '../command-line/program.js';
import { readCommandLine } from '../command-line/read.js';
import type { Settings } from './compare.js';
import { type Address, parseAddress } from './load.js';
import { type PeerName, peerNames } from './peers.js';
import { parts, type ReportOptions, reportOptions } from './report/options.js';
import { type Scenario, standardScenarios } from './scenario.js';

export interface BenchOptions {
  readonly scenarios: readonly Scenario[];
  readonly settings: Settings;
  readonly vs: readonly PeerName[];
  /** Addresses for clients of a cluster that runs already; none: one is started. */
  readonly at: readonly Address[];
  readonly replicas: number;
  readonly parent: string;
  /** Rounds of killing leaders instead of the scenarios; 0: none. */
  readonly pauses: number;
  /** Keys to put instead of the scenarios; 0: none. */
  readonly millionKeys: number;
  /** Keys of a store about all of which commands are asked; 0: none. */
  readonly longCommands: number;
  /** Keys of a cluster that is restarted instead of the scenarios; 0: none. */
  readonly restart: number;
  /** Keys of a cluster that writes and serves snapshots under load; 0: none. */
  readonly snapshots: number;
  /** Keys on which a replica catches up; 0: none. */
  readonly catchUp: number;
  /** Keys that go at once under load; 0: none. */
  readonly expiry: number;
  /** A report instead of the scenarios; undefined: none. */
  readonly report: ReportOptions | undefined;
  /** For the daemons that are started. */
  readonly passedOn: readonly string[];
}

const manyKeys = 1_000_000;
const manyDeadlines = 100_000;

const address: Form<Address> = { kind: 'string', read: parseAddress };

const options = {
  clients: optional('Measure one mix with that many clients, not the standard ones', whole(1)),
  depth: usually('Requests that each client keeps under way (with --clients)', whole(1), 1),
  puts: usually('Share of PUTs, the rest being GETs (with --clients)', share, 1),
  'value-size': usually('Bytes of a value', whole(1), 100),
  keys: usually('Size of the key space', whole(1), 10_000),
  duration: usually('Seconds of one measurement', positive, 5),
  'warm-up': usually('Seconds before it, for code and caches to warm up', notNegative, 3),
  rounds: usually('Measurements of each, in turns; medians are told', whole(1), 3),
  spread: flag('Clients on all members, not only on the leader'),
  vs: several('Measure these too, if installed', choice(peerNames)),
  at: several('Client addresses of a cluster that runs already', address),
  replicas: usually('Of the cluster to start', whole(1, MOST_REPLICAS), 3),
  data: usually('Where the data goes; on a real disk', text, tmpdir()),
  report: orAlone('Compare all that is installed, and write docs/benchmarks.md (20 minutes)', text, ''),
  only: several('Parts of the report', choice(parts), parts),
  out: optional('A directory for the report instead of docs', text),
  pauses: orAlone('Kill and end leaders under load that many times (10)', whole(1), 10),
  'million-keys': orAlone('Put that many keys (1000000), watching the event loops', whole(1), manyKeys),
  'long-commands': orAlone('What commands about that many keys (1000000) hold up', whole(1), manyKeys),
  restart: orAlone('Time from the start of all replicas with that many keys (1000000)', whole(1), manyKeys),
  snapshots: orAlone('What snapshots of that many keys (1000000) cost writers', whole(1), manyKeys),
  'catch-up': orAlone('Time in which a replica catches up on that many keys (1000000)', whole(1), manyKeys),
  expiry: orAlone('What that many keys (100000) that go at once cost writers', whole(1), manyDeadlines),
};

const others = ['pauses', 'million-keys', 'long-commands', 'restart', 'snapshots', 'catch-up', 'expiry'];

export const benchProgram: Program<typeof options> = {
  name: 'bench',
  usage:
    '$0 [options] [-- options of the daemons]\n\nPuts load on a cluster and measures it. Clients are closed loops.',
  options,
  groups: {
    'what is measured': ['clients', 'depth', 'puts', 'value-size', 'keys', 'duration', 'warm-up', 'rounds', 'spread'],
    'what it is measured on': ['vs', 'at', 'replicas', 'data'],
    'a report': ['report', 'only', 'out'],
    'other measurements': others,
  },
  examples: [
    ['$0 --vs etcd --vs redis', 'the standard scenarios, side by side'],
    ['$0 --clients 64 --depth 4 --puts 0.1', 'a mix of your own'],
    ['$0 --at localhost:9000 localhost:9001', 'a cluster that runs already'],
    ['$0 --report', 'everything, with plots, for the documentation'],
    ['$0 --report quick --out /tmp/report', 'the same in three minutes, as a try'],
    ['$0 --pauses 10 --vs etcd', 'how long writes pause when leaders fall'],
    ['$0 --restart --vs etcd', 'how long until a million keys are served again'],
  ],
  goesWith: { depth: 'clients', puts: 'clients' },
  replaces: { at: ['replicas', ...others] },
  passesOn: true,
};

/** Null where help was printed. Throws UsageError. */
export async function readBenchOptions(argv: readonly string[]): Promise<BenchOptions | null> {
  const line = await readCommandLine(argv, benchProgram);
  if (line === null) return null;
  const { values: given, passedOn } = line;
  if (given.at.length > 0 && passedOn.length > 0) throw new UsageError(`${passedOn[0]} has no effect beside --at`);
  return {
    scenarios: given.clients === undefined ? standardScenarios : [ownScenario(given.clients, given.depth, given.puts)],
    settings: {
      valueBytes: given['value-size'],
      keys: given.keys,
      warmUpMs: given['warm-up'] * 1000,
      durationMs: given.duration * 1000,
      rounds: given.rounds,
      spread: given.spread,
    },
    vs: [...new Set(given.vs)],
    at: given.at,
    replicas: given.replicas,
    parent: given.data,
    pauses: given.pauses ?? 0,
    millionKeys: given['million-keys'] ?? 0,
    longCommands: given['long-commands'] ?? 0,
    restart: given.restart ?? 0,
    snapshots: given.snapshots ?? 0,
    catchUp: given['catch-up'] ?? 0,
    expiry: given.expiry ?? 0,
    report: reportOf(given, argv, passedOn),
    passedOn,
  };
}

function reportOf(...asked: Parameters<typeof reportOptions>): ReportOptions | undefined {
  try {
    return reportOptions(...asked);
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
}

function ownScenario(clients: number, depth: number, putShare: number): Scenario {
  const name = `${clients} clients with ${depth} in flight, ${Math.round(putShare * 100)} % PUTs`;
  return { name, clients, depth, putShare, target: undefined };
}
