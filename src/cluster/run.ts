/**
 * `synod cluster`: a whole cluster on this machine, in the foreground, for trying it out and for demonstrations. It is the
 * bridge from the command line and the signals to the cluster, and returns the exit code.
 */

import { namesInConfigFile } from '../node/host/config-file.js';
import { UsageError } from '../node/host/usage-error.js';
import { Cluster } from './cluster.js';
import { type ClusterOptions, MOST_REPLICAS, mistakeAround, readClusterOptions } from './options.js';
import { planReplicas } from './plan.js';
import { Screen } from './screen.js';
import { wipe } from './wipe.js';

const NARROW = 80;

/** Runs until stopped: 0 after an orderly stop, 1 when a replica could not run, 2 for a mistake on the command line. */
export async function run(argv: readonly string[]): Promise<number> {
  const asked = await readClusterOptions(argv, process.stdout.columns ?? NARROW);
  if (asked.type === 'print') {
    process.stdout.write(asked.text);
    return 0;
  }
  if (asked.type === 'refuse') return complain(`${asked.complaint}; --help lists all`, 2);
  const { options } = asked;
  const mistake = mistakeAroundHere(options);
  if (mistake !== undefined) return complain(mistake, 2);
  if (options.fresh) {
    // All that a cluster at this place can have had: what a larger one left would stop the next larger one.
    const everyPlace = planReplicas({ ...options, replicas: MOST_REPLICAS });
    const objection = await wipe(everyPlace, options.host);
    if (objection !== undefined) return complain(`--fresh: ${objection}`, 1);
  }
  return serve(options);
}

function mistakeAroundHere({ passedOn }: ClusterOptions): string | undefined {
  const path = passedOn[passedOn.indexOf('--config') + 1];
  const named = passedOn.includes('--config') ? path : process.env.SYNOD_CONFIG;
  try {
    return mistakeAround(process.env, named === undefined ? [] : namesInConfigFile(named));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return error.message;
  }
}

async function serve(options: ClusterOptions): Promise<number> {
  const screen = new Screen(process.stdout, () => cluster.stop());
  const cluster = new Cluster(options, screen);
  let asked = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (asked) {
      cluster.kill();
      return;
    }
    asked = true;
    screen.say(`\n${signal === 'SIGINT' ? 'Ctrl-C' : signal}: all replicas are stopped (once more: killed)`);
    cluster.stop();
  };
  const signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, onSignal);
  // Whatever ends this process, it leaves none of its own behind.
  const lastResort = (): void => cluster.kill();
  process.on('exit', lastResort);
  cluster.start();
  const code = await cluster.over;
  process.off('exit', lastResort);
  for (const signal of signals) process.off(signal, onSignal);
  return code;
}

function complain(sentence: string, code: number): number {
  process.stderr.write(`synod: ${sentence}\n`);
  return code;
}
