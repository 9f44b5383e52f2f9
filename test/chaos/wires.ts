/**
 * The ways between replicas, one for each direction, and how they are silenced: bytes of one no longer reach the other, and
 * nobody is told. A way may be silenced by several faults at once and is open again when the last of them is over.
 */
import type { LocalCluster } from '../cluster/local-cluster.js';

export interface Way {
  readonly from: number;
  readonly to: number;
}

/** What carries out the silencing. */
export interface Wiring {
  /** For people. */
  readonly how: string;
  silence(ways: readonly Way[]): Promise<void>;
  restore(ways: readonly Way[]): Promise<void>;
}

export class Wires {
  readonly #wiring: Wiring;
  readonly #faults = new Map<string, number>();

  constructor(wiring: Wiring) {
    this.#wiring = wiring;
  }

  silence(ways: readonly Way[]): Promise<void> {
    const first = ways.filter((way) => this.#count(way, 1) === 1);
    return this.#wiring.silence(first);
  }

  restore(ways: readonly Way[]): Promise<void> {
    const last = ways.filter((way) => this.#count(way, -1) === 0);
    return this.#wiring.restore(last);
  }

  #count({ from, to }: Way, change: number): number {
    const key = `${from} ${to}`;
    const faults = (this.#faults.get(key) ?? 0) + change;
    this.#faults.set(key, faults);
    return faults;
  }
}

/** By the cluster's own proxies: bytes are taken and thrown away. */
export function proxyWiring(cluster: LocalCluster): Wiring {
  return {
    how: 'TCP proxies',
    silence: async (ways) => {
      for (const { from, to } of ways) {
        cluster.proxy(from, to).deafen('forth');
        cluster.proxy(to, from).deafen('back');
      }
    },
    restore: async (ways) => {
      for (const { from, to } of ways) {
        cluster.proxy(from, to).hear('forth');
        cluster.proxy(to, from).hear('back');
      }
    },
  };
}
