/**
 * What replicas allocate, measured around each of their tasks, so that clients and most of the simulation are left out. It
 * is right only while nothing is collected: whoever uses it has to look.
 */

import { getHeapStatistics } from 'node:v8';
import type { Ports } from '#src/node/compose.js';
import type { Onlooker } from './cluster.js';

/** As often the heap is looked at before it is known what a look itself allocates; the first ones take more. */
const LOOKS = 10;

export class HeapMeter implements Onlooker {
  heapBytes = 0;
  arrayBytes = 0;
  #isOn = false;
  /** What a look at the heap allocates. */
  #lookBytes = 0;

  start(): void {
    for (let look = 0; look < LOOKS; look++) {
      const before = getHeapStatistics().used_heap_size;
      this.#lookBytes = getHeapStatistics().used_heap_size - before;
    }
    this.#isOn = true;
  }

  portsOf(ports: Ports): Ports {
    return ports;
  }

  task(carryOut: () => void): void {
    if (!this.#isOn) {
      carryOut();
      return;
    }
    const before = getHeapStatistics();
    carryOut();
    const after = getHeapStatistics();
    this.heapBytes += after.used_heap_size - before.used_heap_size - this.#lookBytes;
    this.arrayBytes += after.external_memory - before.external_memory;
  }
}
