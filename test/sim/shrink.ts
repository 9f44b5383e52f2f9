/**
 * Makes a failing run smaller: an earlier end, fewer faults, fewer clients, fewer replicas, as long as the same check fails. What
 * is left is a run of the same seed with wishes, so that it can be played again by its command.
 */

import type { Done } from './job.js';
import { drawPlan, type Plan, type Wishes } from './plan.js';
import { Simulation } from './simulation.js';

export interface Shrunk {
  readonly wishes: Wishes;
  readonly outcome: Done;
  /** Runs that were tried. */
  readonly tried: number;
}

/** Plays a plan; not from within a promise (see settle.ts). */
export type Play = (plan: Plan) => Done;

const playIt: Play = (plan) => new Simulation(plan).run();

/** `mayGoOn` is asked before each further run. */
export function shrink(failed: Done, wishes: Wishes, mayGoOn: () => boolean, play = playIt): Shrunk {
  return new Shrinker(failed, wishes, mayGoOn, play).shrink();
}

class Shrinker {
  readonly #seed: number;
  readonly #check: string | undefined;
  readonly #mayGoOn: () => boolean;
  readonly #play: Play;
  #wishes: Wishes;
  #outcome: Done;
  #tried = 0;

  constructor(failed: Done, wishes: Wishes, mayGoOn: () => boolean, play: Play) {
    this.#seed = failed.seed;
    this.#check = failed.violation?.check;
    this.#wishes = wishes;
    this.#outcome = failed;
    this.#mayGoOn = mayGoOn;
    this.#play = play;
  }

  shrink(): Shrunk {
    this.#fewerReplicas();
    this.#shorter();
    this.#fewerFaults();
    this.#fewerClients();
    this.#shorter();
    return { wishes: this.#wishes, outcome: this.#outcome, tried: this.#tried };
  }

  #fails(change: Wishes): boolean {
    if (!this.#mayGoOn()) return false;
    this.#tried++;
    const wishes = { ...this.#wishes, ...change };
    const outcome = this.#play(drawPlan(this.#seed, wishes));
    if (outcome.violation?.check !== this.#check) return false;
    this.#wishes = wishes;
    this.#outcome = outcome;
    return true;
  }

  #fewerReplicas(): void {
    const { names } = drawPlan(this.#seed, this.#wishes).shape;
    for (let replicas = 1; replicas < names.length; replicas++) if (this.#fails({ replicas })) return;
  }

  #fewerClients(): void {
    const { clients } = drawPlan(this.#seed, this.#wishes).workload;
    for (let fewer = 1; fewer < clients; fewer *= 2) if (this.#fails({ clients: fewer })) return;
  }

  /** Where the violation showed itself during the storm, nothing after it matters. */
  #shorter(): void {
    const { stormMs } = drawPlan(this.#seed, this.#wishes);
    for (let until = 500; until < stormMs; until *= 2) if (this.#fails({ until })) return;
    const seen = Math.ceil(this.#outcome.simulatedMs);
    if (seen < stormMs) this.#fails({ until: seen });
  }

  /** Whole halves first, then ever smaller pieces (Zeller & Hildebrandt, *Simplifying and Isolating Failure-Inducing Input*). */
  #fewerFaults(): void {
    let left = drawPlan(this.#seed, this.#wishes).faults.map(({ id }) => id);
    if (left.length > 0 && this.#fails({ faults: [] })) return;
    for (let piece = Math.ceil(left.length / 2); piece >= 1; piece = piece === 1 ? 0 : Math.ceil(piece / 2)) {
      for (let at = 0; at < left.length; ) {
        const rest = [...left.slice(0, at), ...left.slice(at + piece)];
        if (this.#fails({ faults: rest })) left = rest;
        else at += piece;
      }
    }
  }
}
