/**
 * A network that reorders and repeats, within the life of one link: what TCP never does, and what a resend, a relay or a
 * second link may look like to a receiver. It proves that nothing in the core leans on order or on hearing things once.
 */

import type { PeerMessage } from '#src/paxos/message.js';
import type { Node } from './node.js';
import type { Random } from './random.js';
import type { World } from './world.js';

export class Shuffle {
  /** How many messages came twice. */
  repeated = 0;
  readonly #world: World;
  readonly #random: Random;
  readonly #repeats: number;
  readonly #lateMs: number;

  constructor(world: World, random: Random) {
    this.#world = world;
    this.#random = random;
    this.#repeats = random.pick([0.1, 0.5]);
    this.#lateMs = random.pick([5, 30, 200]);
    world.detains = (from, to, message) => {
      this.#hand(from, to, message);
      return true;
    };
  }

  /** From now on messages come once and in order. */
  end(): void {
    this.#world.detains = null;
  }

  #hand(from: Node, to: Node, message: PeerMessage): void {
    const lives = [from.lives, to.lives];
    const copies = this.#random.chance(this.#repeats) ? 2 : 1;
    this.repeated += copies - 1;
    for (let copy = 0; copy < copies; copy++) {
      const inMs = this.#random.fraction() * (this.#random.chance(0.1) ? this.#lateMs : 1);
      this.#world.at(inMs, () => {
        const alive = from.replica !== null && to.replica !== null;
        if (alive && from.lives === lives[0] && to.lives === lives[1]) this.#world.deliver(from, to, message);
      });
    }
  }
}
