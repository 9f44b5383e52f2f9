/**
 * `npm run bench`: starts what is to be measured, measures, prints, and ends what it started. What is measured and how is in
 * the other files; Synod's clients are on the replica that leads unless --spread is given, as etcd's are.
 */
import { messageOf } from '#src/base/errors.js';
import { LocalCluster } from '../cluster/local-cluster.js';
import { type Contender, measure } from './compare.js';
import { etcdInstalled, startEtcd } from './etcd-cluster.js';
import { etcdBytesUnderWay } from './etcd-wire.js';
import { millionKeys } from './million-keys.js';
import { type BenchOptions, type Rivals, readBenchOptions } from './options.js';
import { etcdRound, pausesReport, type Round, synodRound } from './pauses.js';
import { redisInstalled, startRedis } from './redis-server.js';
import { scenarioReport, whole } from './report.js';
import type { Rival } from './rival.js';
import { givenSynod, startSynod } from './synod-rival.js';

const say = (text: string): void => void process.stdout.write(`${text}\n`);

const rivalsThatAre: Readonly<Record<Rivals, { installed(): boolean; start(parent: string): Promise<Rival> }>> = {
  etcd: { installed: etcdInstalled, start: startEtcd },
  redis: { installed: redisInstalled, start: startRedis },
};

async function compare(options: BenchOptions): Promise<void> {
  const { at, parent, replicas, passedOn, settings, scenarios } = options;
  refuseWhatEtcdCannot(options);
  const start = (): Promise<Rival> =>
    at.length > 0 ? Promise.resolve(givenSynod(at)) : startSynod(parent, replicas, passedOn);
  const contenders: Contender[] = [{ name: 'synod', start }];
  for (const name of options.vs) {
    const rival = rivalsThatAre[name];
    if (rival.installed()) contenders.push({ name, start: () => rival.start(parent) });
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

function refuseWhatEtcdCannot({ vs, scenarios, settings }: BenchOptions): void {
  const most = Math.max(...scenarios.map(({ depth }) => depth)) * (settings.valueBytes + 100);
  if (vs.includes('etcd') && most > etcdBytesUnderWay) {
    throw new Error(`with etcd, --depth times --value-size must stay below ${whole(etcdBytesUnderWay)} bytes`);
  }
}

async function pauses({ pauses: rounds, replicas, parent, passedOn, vs }: BenchOptions): Promise<void> {
  const fresh = (): Promise<LocalCluster> => LocalCluster.start({ replicas, parent, options: passedOn });
  const play = async (name: string, round: () => Promise<Round>): Promise<void> => {
    const played: Round[] = [];
    while (played.length < rounds) played.push(await round());
    say(pausesReport(name, played));
  };
  await play('synod', () => synodRound(fresh));
  if (vs.includes('etcd') && etcdInstalled()) await play('etcd', () => etcdRound(parent));
}

async function putMany({ millionKeys: keys, replicas, parent, passedOn, settings }: BenchOptions): Promise<void> {
  const cluster = await LocalCluster.start({ replicas, parent, options: passedOn });
  try {
    say(await millionKeys(cluster, keys, settings.valueBytes));
  } finally {
    await cluster.dispose();
  }
}

try {
  const options = await readBenchOptions(process.argv.slice(2));
  if (options.pauses > 0) await pauses(options);
  if (options.millionKeys > 0) await putMany(options);
  if (options.pauses === 0 && options.millionKeys === 0) await compare(options);
} catch (error) {
  process.stderr.write(`bench: ${messageOf(error)}\n`);
  process.exitCode = 1;
}
