// The three partial partitions of the Omni-Paxos paper, with real processes and a proxy on every link: each settles on one
// leader that a majority can use, stays there, and ends with the highest priority when it is over.
import { expect } from 'chai';
import { LocalCluster } from './local-cluster.js';
import { RegisterLoad } from './register-load.js';
import { elapse, until } from './until.js';

type Link = readonly [number, number];

interface Scenario {
  readonly name: string;
  readonly replicas: number;
  readonly cuts: readonly Link[];
  /** Who leads while it lasts. */
  readonly leader: number;
  /** Whose clients must be served. */
  readonly served: readonly number[];
}

/** For the highest to lead: on a busy machine replicas lose contact, and one that did waits up to 30 s each time. */
const patienceMs = 150_000;

const allLinks = (n: number): Link[] =>
  Array.from({ length: n }, (_, i) => i).flatMap((i) => Array.from({ length: i }, (_, j): Link => [i, j]));

const scenarios: readonly Scenario[] = [
  {
    name: 'quorum loss: all reach only one, who is not the leader',
    replicas: 5,
    cuts: allLinks(5).filter((link) => !link.includes(2)),
    leader: 2,
    served: [0, 1, 2, 3, 4],
  },
  {
    name: 'constrained election: the leader is gone and all others reach only one of them',
    replicas: 5,
    cuts: allLinks(5).filter((link) => link.includes(0) || !link.includes(3)),
    leader: 3,
    served: [1, 2, 3, 4],
  },
  {
    name: 'chained: the two ends of a chain do not reach each other',
    replicas: 3,
    cuts: [[0, 1]],
    leader: 0,
    served: [0, 1, 2],
  },
];

describe('a partial partition', function () {
  this.timeout(600_000);

  for (const { name, replicas, cuts, leader, served } of scenarios) {
    it(name, async () => {
      const cluster = await LocalCluster.start({ replicas, proxied: true });
      const load = RegisterLoad.start(cluster, { writers: 2, readers: 1, on: served });
      try {
        await cluster.settled(0, undefined, patienceMs);
        for (const [i, j] of cuts) cluster.cut(i, j);
        await cluster.settled(leader, served);
        for (const i of served) {
          const before = load.progress([i]);
          await until(`writes on ${i}`, () => load.progress([i]) > before + 20);
        }
        await until('a second without an election', async () => {
          const { ballot } = await cluster.statusOf(leader, leader);
          await elapse(1000);
          return JSON.stringify((await cluster.statusOf(leader, leader)).ballot) === JSON.stringify(ballot);
        });
        cluster.healAll();
        await cluster.settled(0, undefined, patienceMs);
        await load.stop();
        await load.readAll(replicas - 1);
        expect(load.history.violations).to.deep.equal([]);
        expect([...load.errors]).to.deep.equal([]);
      } catch (error) {
        process.stderr.write(`${cluster.said()}\n`);
        throw error;
      } finally {
        load.abandon();
        await cluster.dispose();
      }
    });
  }
});
