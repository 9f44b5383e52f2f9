/** A client that wants to hear of every change: it follows all keys, stays a while, and goes on elsewhere from where it was. */
import { ConnectionLost, type InlineClient } from '../cluster/inline-client.js';
import type { LocalCluster } from '../cluster/local-cluster.js';
import { elapse } from '../cluster/until.js';
import type { Random } from '../sim/world/random.js';
import type { Stream } from './stream.js';

const redialMs = 50;
const stayMs = [500, 10_000] as const;
/** A replica says something every five seconds, unless it is stopped. */
const silenceMs = 8_000;
const lookMs = 50;

export interface FollowerParts {
  readonly cluster: LocalCluster;
  readonly home: number;
  readonly random: Random;
  readonly stream: Stream;
}

export class ChaosFollower {
  readonly #parts: FollowerParts;
  #at: number;

  constructor(parts: FollowerParts) {
    this.#parts = parts;
    this.#at = parts.home;
  }

  async run(goesOn: () => boolean): Promise<void> {
    const { cluster, random } = this.#parts;
    while (goesOn()) {
      try {
        await this.#follow(await cluster.client(this.#at), goesOn);
      } catch (error) {
        if (!(error instanceof ConnectionLost)) throw error;
        await elapse(redialMs);
      }
      this.#at = random.below(cluster.places.length);
    }
  }

  /** Until the connection breaks, falls silent, or its time is over. */
  async #follow(client: InlineClient, goesOn: () => boolean): Promise<void> {
    const { random, stream } = this.#parts;
    const leavesAt = performance.now() + random.between(...stayMs);
    let heardAt = performance.now();
    client.socket.on('data', (text: string) => {
      heardAt = performance.now();
      stream.push(text);
    });
    client.raw(`FOLLOW "" FROM ${stream.again()}\r\n`);
    const mayStay = (): boolean => performance.now() < leavesAt && performance.now() - heardAt < silenceMs;
    while (client.open && !stream.isOver && goesOn() && mayStay()) await elapse(lookMs);
    client.socket.removeAllListeners('data');
    client.close();
  }
}
