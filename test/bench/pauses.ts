/**
 * How long nobody's write is acknowledged when a leader is killed, returns, or is asked to end. Clients write on all members but
 * the one that leads, as those of the dead one would notice anyway; what counts is the longest time in which not one of
 * them got an answer, and whether any got an error. Each round has a cluster of its own, since a replica that fell
 * several times is trusted with leadership later each time.
 */
import type { LocalCluster } from '../cluster/local-cluster.js';
import { elapse } from '../cluster/until.js';
import { median } from './compare.js';
import { startEtcd } from './etcd-cluster.js';
import { type Address, errorsOf, type Load, type LoadResult, longestGap } from './load.js';
import { table, whole } from './report.js';
import { startLoad } from './run-load.js';
import { addressesOf } from './synod-rival.js';
import { Timeline } from './timeline.js';

const clients = 32;
const aWhileMs = 1000;
const lossMs = 3000;
const returnMs = 60_000;

/** The longest pauses of one round by what happened, and the error replies in it. */
export interface Round {
  readonly pauses: ReadonlyMap<string, number>;
  readonly errors: number;
}

function steadyWrites(wire: Load['wire'], targets: readonly Address[]): Load {
  const work = { type: 'mix', putShare: 1, warmUpMs: 0, durationMs: 10 * returnMs } as const;
  return { wire, targets, clients, depth: 1, valueBytes: 100, keys: 10_000, work, reconnect: false };
}

function roundOf(timeline: Timeline, result: LoadResult): Round {
  return {
    pauses: new Map(timeline.windows.map((window) => [window.what, longestGap(result, window)])),
    errors: errorsOf(result) + result.lost,
  };
}

/** `fresh` makes a cluster in which the first replica leads. */
export async function synodRound(fresh: () => Promise<LocalCluster>): Promise<Round> {
  const cluster = await fresh();
  const timeline = new Timeline();
  try {
    const load = startLoad(steadyWrites('inline', addressesOf(cluster).slice(1)));
    const comeBack = async (what: string): Promise<void> => {
      const over = timeline.begin(what);
      cluster.daemon(0).start();
      await cluster.settled(0, undefined, returnMs);
      await elapse(aWhileMs);
      over();
    };
    await elapse(aWhileMs);
    const lost = timeline.begin('kill -9 of the leader');
    await cluster.daemon(0).kill();
    await elapse(lossMs);
    lost();
    await comeBack('its return and hand-back');
    const ended = timeline.begin('SIGTERM of the leader');
    await cluster.daemon(0).terminate();
    await elapse(lossMs);
    ended();
    await comeBack('its return after SIGTERM');
    load.finish();
    return roundOf(timeline, await load.result);
  } catch (error) {
    throw new Error(`the round failed\n${cluster.said()}`, { cause: error });
  } finally {
    await cluster.dispose();
  }
}

/** etcd hands nothing back: a killed leader that returns follows. */
export async function etcdRound(parent: string): Promise<Round> {
  const etcd = await startEtcd(parent);
  const timeline = new Timeline();
  try {
    const leader = await etcd.leader();
    const load = startLoad(
      steadyWrites(
        'etcd',
        etcd.all.filter(({ port }) => port !== leader.port),
      ),
    );
    await elapse(aWhileMs);
    const lost = timeline.begin('kill -9 of the leader');
    await etcd.kill(
      etcd.all.findIndex(({ port }) => port === leader.port),
      'SIGKILL',
    );
    await elapse(2 * lossMs);
    lost();
    load.finish();
    return roundOf(timeline, await load.result);
  } finally {
    await etcd.stop();
  }
}

export function pausesReport(name: string, rounds: readonly Round[]): string {
  const [first] = rounds;
  const rows = [...(first?.pauses.keys() ?? [])].map((what) => {
    const pauses = rounds.map((round) => round.pauses.get(what) ?? 0);
    return [what, whole(median(pauses)), whole(Math.max(...pauses)), pauses.map(whole).join(' ')];
  });
  const errors = rounds.reduce((sum, round) => sum + round.errors, 0);
  const title = `${name}: longest pause between acknowledged writes, ms (${clients} clients on the other replicas)`;
  return [title, table([['', 'median', 'worst', 'all'], ...rows]), `  errors of those clients: ${errors}`, ''].join(
    '\n',
  );
}
