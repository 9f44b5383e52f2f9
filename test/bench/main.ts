/**
 * `npm run bench`: starts what is to be measured, measures, prints, and ends what it started. What is measured and how is in
 * the other files; Synod's clients are on the replica that leads unless --spread is given, as etcd's are.
 */
import { messageOf } from '#src/base/errors.js';
import { type Home, LocalCluster } from '../cluster/local-cluster.js';
import { exitCodeOf } from '../command-line/read.js';
import { catchUp } from './catch-up.js';
import { type Contender, measure } from './compare.js';
import { startEtcd } from './etcd-cluster.js';
import { expiry } from './expiry.js';
import { longCommands } from './long-commands.js';
import { LoopProbes } from './loop-probes.js';
import { millionKeys } from './million-keys.js';
import { type BenchOptions, readBenchOptions } from './options.js';
import { etcdRound, pausesReport, type Round, synodRound } from './pauses.js';
import { peers } from './peers.js';
import type { ReportOptions } from './report/options.js';
import { writeReport } from './report/write-report.js';
import { scenarioReport, whole } from './report.js';
import { restart } from './restart.js';
import { restartReport } from './restart-report.js';
import { restartableEtcd, restartableSynod } from './restartable.js';
import type { Rival } from './rival.js';
import { scratchDirectory } from './scratch.js';
import { snapshots } from './snapshots.js';
import { givenSynod, startSynod } from './synod-rival.js';

const etcdIsThere = (): boolean => peers.etcd.version() !== undefined;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function compare(options: BenchOptions): Promise<void> {
  const { at, parent, replicas, passedOn, settings, scenarios } = options;
  const start = (): Promise<Rival> =>
    at.length > 0 ? Promise.resolve(givenSynod(at)) : startSynod(parent, replicas, passedOn);
  const inResp = async (): Promise<Rival> => ({ ...(await start()), wire: 'resp' });
  const contenders: Contender[] = [
    { name: 'synod', start },
    { name: 'synod in RESP', start: inResp },
  ];
  for (const name of options.vs) {
    const peer = peers[name];
    if (peer.version() !== undefined) contenders.push({ name, start: () => peer.start(parent) });
    else say(`${name} is not installed, so it is not measured`);
  }
  const { keys, valueBytes, rounds, durationMs, spread } = settings;
  const where = spread ? 'on all members' : 'on the member that leads';
  say(
    `values of ${valueBytes} bytes, ${whole(keys)} keys, ${rounds} × ${durationMs / 1000} s in turns, clients ${where}`,
  );
  const results = await measure(contenders, scenarios, settings, (doing) => process.stderr.write(`${doing}\n`));
  say('');
  for (const [scenario, byName] of results) say(scenarioReport(scenario, byName));
}

async function pauses({ pauses: rounds, replicas, parent, passedOn, vs }: BenchOptions): Promise<void> {
  const fresh = (): Promise<LocalCluster> => LocalCluster.start({ replicas, parent, options: passedOn });
  const play = async (name: string, round: () => Promise<Round>): Promise<void> => {
    const played: Round[] = [];
    while (played.length < rounds) played.push(await round());
    say(pausesReport(name, played));
  };
  await play('synod', () => synodRound(fresh));
  if (vs.includes('etcd') && etcdIsThere()) await play('etcd', () => etcdRound(parent));
}

/** On a fresh cluster, whose daemons' last words belong to whatever goes wrong. */
async function onCluster<T>(
  { replicas, parent, passedOn }: BenchOptions,
  homes: readonly Home[],
  work: (cluster: LocalCluster) => Promise<T>,
): Promise<T> {
  const cluster = await LocalCluster.start({ replicas, parent, options: passedOn, homes });
  try {
    return await work(cluster);
  } catch (error) {
    throw new Error(`${messageOf(error)}\n${cluster.said()}`, { cause: error });
  } finally {
    await cluster.dispose();
  }
}

async function restarts(options: BenchOptions): Promise<void> {
  const { restart: keys, settings, parent, vs } = options;
  const own = await onCluster(options, [], (cluster) => restart(restartableSynod(cluster), keys, settings));
  const results = [own];
  if (vs.includes('etcd') && etcdIsThere()) {
    const etcd = await startEtcd(parent);
    try {
      results.push(await restart(restartableEtcd(etcd), keys, { ...settings, rounds: 1 }));
    } finally {
      await etcd.stop();
    }
  }
  say(restartReport(keys, results));
}

async function costOfSnapshots(options: BenchOptions): Promise<void> {
  const { replicas, snapshots: keys, settings } = options;
  const probes = await LoopProbes.make(replicas);
  try {
    say(await onCluster(options, probes.homes, (cluster) => snapshots(cluster, probes, keys, settings)));
  } finally {
    await probes.dispose();
  }
}

async function putMany(options: BenchOptions): Promise<void> {
  const { millionKeys: keys, settings } = options;
  say(await onCluster(options, [], (cluster) => millionKeys(cluster, keys, settings.valueBytes)));
}

async function askForMuch(options: BenchOptions): Promise<void> {
  const { longCommands: keys, settings } = options;
  say(await onCluster(options, [], (cluster) => longCommands(cluster, keys, settings)));
}

async function returns(options: BenchOptions): Promise<void> {
  const { catchUp: keys, settings } = options;
  say(await onCluster(options, [], (cluster) => catchUp(cluster, keys, settings)));
}

async function expire(options: BenchOptions): Promise<void> {
  const { expiry: keys, settings } = options;
  say(await onCluster(options, [], (cluster) => expiry(cluster, keys, settings)));
}

async function report(options: ReportOptions): Promise<void> {
  const began = performance.now();
  const seconds = (): string => ((performance.now() - began) / 1000).toFixed(0).padStart(4);
  const file = await writeReport(options, (line) => process.stderr.write(`${seconds()} s  ${line}\n`));
  say(`${seconds().trim()} s; the report is in ${file}`);
}

/** What is measured instead of the scenarios when its option says how much of it. */
const others: readonly { readonly option: keyof BenchOptions; measure(options: BenchOptions): Promise<void> }[] = [
  { option: 'pauses', measure: pauses },
  { option: 'millionKeys', measure: putMany },
  { option: 'longCommands', measure: askForMuch },
  { option: 'restart', measure: restarts },
  { option: 'snapshots', measure: costOfSnapshots },
  { option: 'catchUp', measure: returns },
  { option: 'expiry', measure: expire },
];

async function measureAll(options: BenchOptions): Promise<void> {
  if (options.report !== undefined) await report({ ...options.report, parent: options.parent });
  const asked = others.filter(({ option }) => options[option] !== 0);
  for (const other of asked) await other.measure(options);
  if (asked.length === 0 && options.report === undefined) await compare(options);
}

try {
  const given = await readBenchOptions(process.argv.slice(2));
  if (given !== null) await measureAll({ ...given, parent: scratchDirectory(given.parent) });
} catch (error) {
  // What was being waited for may go on for long.
  process.stderr.write(`bench: ${messageOf(error)}\n`, () => process.exit(exitCodeOf(error)));
}
