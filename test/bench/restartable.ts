/** A cluster whose members can be ended and started all at once: Synod's, and etcd's for comparison. */
import type { LocalCluster } from '../cluster/local-cluster.js';
import type { EtcdCluster } from './etcd-cluster.js';
import type { Rival } from './rival.js';
import { addressesOf, givenSynod } from './synod-rival.js';

const answerMs = 10_000;

export interface Restartable {
  readonly rival: Rival;
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
  start(): void;
  pids(): readonly number[];
  /** Whether member `i` answers a linearizable GET with that value; false also when nobody listens. */
  answers(i: number, key: string, value: string): Promise<boolean>;
}

export function restartableSynod(cluster: LocalCluster): Restartable {
  const daemons = cluster.places.map(({ daemon }) => daemon);
  return {
    rival: givenSynod(addressesOf(cluster)),
    end: async (signal) => {
      await Promise.all(daemons.map((daemon) => (signal === 'SIGKILL' ? daemon.kill() : daemon.terminate())));
    },
    start: () => {
      for (const daemon of daemons) daemon.start();
    },
    pids: () => daemons.map(({ pid }) => pid),
    answers: (i, key, value) =>
      cluster.ask(i, `GET ${key}`).then(
        (answer) => answer === value,
        () => false,
      ),
  };
}

export function restartableEtcd(etcd: EtcdCluster): Restartable {
  const members = etcd.all.map((_, i) => i);
  return {
    rival: etcd,
    end: async (signal) => {
      await Promise.all(members.map((i) => etcd.kill(i, signal)));
    },
    start: () => {
      for (const i of members) etcd.restart(i);
    },
    pids: () => etcd.pids(),
    answers: async (i, key, value) => {
      const { host, port } = etcd.all[i] ?? { host: '', port: 0 };
      const body = JSON.stringify({ key: btoa(key) });
      const signal = AbortSignal.timeout(answerMs);
      try {
        const answer = await fetch(`http://${host}:${port}/v3/kv/range`, { method: 'POST', body, signal });
        return (await answer.text()).includes(`"value":"${btoa(value)}"`);
      } catch {
        // It does not listen yet; the caller asks again.
        return false;
      }
    },
  };
}
