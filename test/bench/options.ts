/** The command line of `npm run bench`. */
import { tmpdir } from 'node:os';
import yargs from 'yargs/yargs';
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

const kinds = {
  'what is measured': ['clients', 'depth', 'puts', 'value-size', 'keys', 'duration', 'warm-up', 'rounds', 'spread'],
  'what it is measured on': ['vs', 'at', 'replicas', 'data'],
  'a report': ['report', 'only', 'out'],
  'other measurements': ['pauses', 'million-keys', 'long-commands', 'restart', 'snapshots', 'catch-up', 'expiry'],
};

/** yargs prints help and complaints itself, and ends the process then. */
export async function readBenchOptions(argv: readonly string[]): Promise<BenchOptions> {
  const parser = yargs([...argv])
    .scriptName('npm run bench --')
    .usage(
      '$0 [options] [-- options of the daemons]\n\nPuts load on a cluster and measures it. Clients are closed loops.',
    )
    .options({
      clients: { type: 'number', describe: 'Measure one mix with that many clients, not the standard ones' },
      depth: { type: 'number', default: 1, describe: 'Requests that each client keeps under way (with --clients)' },
      puts: { type: 'number', default: 1, describe: 'Share of PUTs, the rest being GETs (with --clients)' },
      'value-size': { type: 'number', default: 100, describe: 'Bytes of a value' },
      keys: { type: 'number', default: 10_000, describe: 'Size of the key space' },
      duration: { type: 'number', default: 5, describe: 'Seconds of one measurement' },
      'warm-up': { type: 'number', default: 3, describe: 'Seconds before it, for code and caches to warm up' },
      rounds: { type: 'number', default: 3, describe: 'Measurements of each, in turns; medians are told' },
      spread: { type: 'boolean', default: false, describe: 'Clients on all members, not only on the leader' },
      vs: {
        choices: peerNames,
        array: true,
        default: [],
        describe: 'Measure these too, if installed',
      },
      at: { type: 'string', array: true, default: [], describe: 'Client addresses of a cluster that runs already' },
      replicas: { type: 'number', default: 3, describe: 'Of the cluster to start' },
      data: { type: 'string', default: tmpdir(), describe: 'Where the data goes; on a real disk' },
      report: { type: 'string', describe: 'Compare all that is installed, and write docs/benchmarks.md (20 minutes)' },
      only: { choices: parts, array: true, default: parts, describe: 'Parts of the report' },
      out: { type: 'string', describe: 'A directory for the report instead of docs' },
      pauses: { type: 'string', describe: 'Kill and end leaders under load that many times (10)' },
      'million-keys': { type: 'string', describe: 'Put that many keys (1000000), watching the event loops' },
      'long-commands': { type: 'string', describe: 'What commands about that many keys (1000000) hold up' },
      restart: { type: 'string', describe: 'Time from the start of all replicas with that many keys (1000000)' },
      snapshots: { type: 'string', describe: 'What snapshots of that many keys (1000000) cost writers' },
      'catch-up': { type: 'string', describe: 'Time in which a replica catches up on that many keys (1000000)' },
      expiry: { type: 'string', describe: 'What that many keys (100000) that go at once cost writers' },
    })
    .example('$0 --vs etcd --vs redis', 'the standard scenarios, side by side')
    .example('$0 --clients 64 --depth 4 --puts 0.1', 'a mix of your own')
    .example('$0 --at localhost:9000 localhost:9001', 'a cluster that runs already')
    .example('$0 --report', 'everything, with plots, for the documentation')
    .example('$0 --report quick --out /tmp/report', 'the same in three minutes, as a try')
    .example('$0 --pauses 10 --vs etcd', 'how long writes pause when leaders fall')
    .example('$0 --restart --vs etcd', 'how long until a million keys are served again')
    .parserConfiguration({ 'populate--': true })
    .strict()
    .version(false)
    .wrap(100);
  for (const [kind, names] of Object.entries(kinds)) parser.group(names, `${kind}:`);
  const given = await parser.parseAsync();
  for (const name of [
    'clients',
    'depth',
    'puts',
    'value-size',
    'keys',
    'duration',
    'warm-up',
    'rounds',
    'replicas',
  ] as const) {
    if (Number.isNaN(given[name]) || (given[name] ?? 0) < 0) throw new Error(`--${name}: not a number`);
  }
  const rest: unknown = given['--'];
  const passedOn = Array.isArray(rest) ? rest.map(String) : [];
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
    at: given.at.map(parseAddress),
    replicas: given.replicas,
    parent: given.data,
    pauses: howMany('pauses', given.pauses, 10),
    millionKeys: howMany('million-keys', given['million-keys'], manyKeys),
    longCommands: howMany('long-commands', given['long-commands'], manyKeys),
    restart: howMany('restart', given.restart, manyKeys),
    snapshots: howMany('snapshots', given.snapshots, manyKeys),
    catchUp: howMany('catch-up', given['catch-up'], manyKeys),
    expiry: howMany('expiry', given.expiry, manyDeadlines),
    report: reportOptions(given, argv, passedOn),
    passedOn,
  };
}

/** An option that may stand without its number. */
function howMany(name: string, given: string | undefined, otherwise: number): number {
  if (given === undefined) return 0;
  const count = given === '' ? otherwise : Number(given);
  if (!Number.isInteger(count) || count < 1) throw new Error(`--${name}: '${given}' is not a number above 0`);
  return count;
}

function ownScenario(clients: number, depth: number, putShare: number): Scenario {
  const name = `${clients} clients with ${depth} in flight, ${Math.round(putShare * 100)} % PUTs`;
  return { name, clients, depth, putShare, target: undefined };
}
