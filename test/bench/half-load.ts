/**
 * What the bench takes for full speed, and half of it: first a closed loop of many clients for some seconds, then as many puts a
 * second at an even pace, whatever the cluster does meanwhile.
 */
import type { LocalCluster } from '../cluster/local-cluster.js';
import type { Settings } from './compare.js';
import { type Address, type Load, rateOf } from './load.js';
import { type RunningLoad, runLoad, startLoad } from './run-load.js';
import { addressesOf, givenSynod } from './synod-rival.js';

const clients = 64;
const depth = 16;
const longestMs = 3_600_000;
/** A paced client may have so many more under way before its requests have to wait in the generator. */
const pacedDepth = 1024;

export interface HalfLoad extends RunningLoad {
  /** Puts a second that clients reached before. */
  readonly full: number;
}

function puts(target: Address, { keys, valueBytes }: Settings, work: Load['work']): Load {
  const size = { valueBytes, keys, reconnect: false };
  return {
    wire: 'inline',
    targets: [target],
    clients,
    depth: work.type === 'paced' ? pacedDepth : depth,
    ...size,
    work,
  };
}

/** Puts a second at full speed. */
async function fullSpeed(cluster: LocalCluster, settings: Settings): Promise<number> {
  const target = await givenSynod(addressesOf(cluster)).leader();
  const { warmUpMs, durationMs } = settings;
  return rateOf(await runLoad(puts(target, settings, { type: 'mix', putShare: 1, warmUpMs, durationMs })));
}

/** Writes on the replica that leads as fast as it takes them, until told to finish. */
export async function startFullLoad(cluster: LocalCluster, settings: Settings): Promise<RunningLoad> {
  const target = await givenSynod(addressesOf(cluster)).leader();
  const work = { type: 'mix', putShare: 1, warmUpMs: 0, durationMs: longestMs } as const;
  return startLoad(puts(target, settings, work));
}

/** Writes on the replica that leads at half of full speed, until told to finish. */
export async function startHalfLoad(cluster: LocalCluster, settings: Settings): Promise<HalfLoad> {
  const full = await fullSpeed(cluster, settings);
  const target = await givenSynod(addressesOf(cluster)).leader();
  const work = { type: 'paced', perSecond: full / 2, warmUpMs: settings.warmUpMs } as const;
  return { full, ...startLoad(puts(target, settings, work)) };
}
