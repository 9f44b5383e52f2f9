/**
 * The runs that are counted: what is asked of the replicas, and how often. What comes before the end of the warm-up (connections,
 * the first write to each key, memory that grows to its size) is left out.
 */

import { Cluster, FOLLOWER, LEADER, type Onlooker } from './cluster.js';
import { Crowd, type CrowdShape, KEYS, type Kind } from './crowd.js';

export interface Scenario {
  readonly name: string;
  /** For the head of a table. */
  readonly title: string;
  /** How many commands are counted, or simulated seconds where nobody asks for anything. */
  readonly units: number;
  /** Null: nobody asks for anything. */
  readonly asks: Asks | null;
}

interface Asks extends CrowdShape {
  readonly kind: Kind;
}

const many = { clients: 64, depth: 1 };
const piped = { clients: 16, depth: 16 };

export const SCENARIOS: readonly Scenario[] = [
  { name: 'puts', title: 'PUT', units: 4_000, asks: { ...many, kind: 'put', replica: LEADER } },
  { name: 'pipelined puts', title: 'PUT, pipelined', units: 8_000, asks: { ...piped, kind: 'put', replica: LEADER } },
  { name: 'forwarded puts', title: 'PUT, follower', units: 4_000, asks: { ...many, kind: 'put', replica: FOLLOWER } },
  { name: 'gets', title: 'GET', units: 4_000, asks: { ...many, kind: 'get', replica: LEADER } },
  {
    name: 'gets of a follower',
    title: 'GET, follower',
    units: 4_000,
    asks: { ...many, kind: 'get', replica: FOLLOWER },
  },
  { name: 'idle', title: 'idle, a second', units: 10, asks: null },
];

/** By then nobody has anything left to tell the others or to write down. */
const REST_MS = 2_000;

const ANSWERS_MS = 60_000;

/** Lets a scenario happen. `begins` is called where what counts does, and the end of the call is its end. */
export function play(
  scenario: Scenario,
  seed: number,
  onlooker: Onlooker,
  begins: (cluster: Cluster) => void,
): Cluster {
  const { asks, units } = scenario;
  const cluster = new Cluster(seed, onlooker);
  cluster.start();
  cluster.pass(REST_MS);
  if (asks === null) {
    begins(cluster);
    cluster.pass(units * 1_000);
    return cluster;
  }
  const crowd = new Crowd(cluster, asks);
  const answer = (more: number): void => {
    const wanted = crowd.answered + more;
    cluster.until('answers', ANSWERS_MS, () => crowd.answered >= wanted);
  };
  answer(KEYS);
  crowd.kind = asks.kind;
  answer(KEYS);
  begins(cluster);
  answer(units);
  return cluster;
}
