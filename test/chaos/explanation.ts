/**
 * Looks for an order of a key's operations that explains all answers, like the simulator's checker, which is told by the log when
 * writes happened. Of real processes nobody tells; instead this search makes use of values being unique: as long as somebody is
 * still to read what the key holds, and nobody can write it again, it stays. Each of the two is a check on the other.
 */
import { must } from '#src/base/assert.js';
import type { Verdict } from '../sim/checks/linearizability.js';
import { INITIAL, type State, step } from '../sim/checks/register.js';
import { HIGH, LOW, scattered } from '../sim/checks/scattered.js';
import type { Operation } from '../sim/clients/history.js';

const never = Number.POSITIVE_INFINITY;
/** Choices before the search is given up. */
const defaultBudget = 300_000;

/** A point of the search: what was taken on the way to it, and what may be tried from it. */
interface Point {
  readonly state: State;
  readonly taken: readonly number[];
  readonly choices: readonly number[];
  tried: number;
}

export function explain(operations: readonly Operation[], budget = defaultBudget): Verdict {
  return new Explanation(operations).search(budget);
}

class Explanation {
  /** In the order of calls. */
  readonly #operations: readonly Operation[];
  readonly #isDone: Uint8Array;
  readonly #marks: readonly (readonly [number, number])[];
  /** How many reads of a value, and writes of it, are left. */
  readonly #readers = new Map<State, number>();
  readonly #writers = new Map<State, number>();
  readonly #seen = new Set<string>();
  /** Everything before this one is done. */
  #first = 0;
  /** Of those whose outcome is known. */
  #left = 0;
  #high = 0;
  #low = 0;

  constructor(operations: readonly Operation[]) {
    this.#operations = [...operations].sort((a, b) => a.called - b.called);
    this.#isDone = new Uint8Array(operations.length);
    this.#marks = this.#operations.map((_, i) => [scattered(i, HIGH), scattered(i, LOW)]);
    for (const operation of this.#operations) this.#count(operation, 1);
  }

  search(budget: number): Verdict {
    const path: Point[] = [this.#arrive(INITIAL, [])];
    for (let steps = 0; this.#left > 0; steps++) {
      if (steps > budget) return 'undecided';
      const point = path.at(-1);
      if (point === undefined) return 'not linearizable';
      const choice = point.choices[point.tried++];
      if (choice === undefined) {
        path.pop();
        for (const i of point.taken) this.#putBack(i);
        continue;
      }
      const state = must(step(point.state, this.#at(choice)), 'a choice that is possible');
      this.#take(choice);
      path.push(this.#arrive(state, [choice]));
    }
    return 'linearizable';
  }

  /** First of all what only looks at the key: if there is an order at all, there is one in which that comes next. */
  #arrive(state: State, by: readonly number[]): Point {
    const taken = [...by];
    for (let idle = this.#idle(state); idle.length > 0; idle = this.#idle(state)) {
      for (const i of idle) this.#take(i);
      taken.push(...idle);
    }
    return { state, taken, choices: this.#isNew(state) ? this.#choices(state) : [], tried: 0 };
  }

  /** Not a write of the value that is there already: it may be needed later. */
  #idle(state: State): readonly number[] {
    return this.#next().filter((i) => {
      const operation = this.#at(i);
      return operation.kind !== 'put' && operation.returned !== never && step(state, operation) === state;
    });
  }

  #choices(state: State): readonly number[] {
    const mustStay = (this.#readers.get(state) ?? 0) > 0 && (this.#writers.get(state) ?? 0) === 0;
    if (mustStay) return [];
    return this.#next()
      .filter((i) => step(state, this.#at(i)) !== undefined)
      .sort((a, b) => this.#at(a).returned - this.#at(b).returned || a - b);
  }

  /** What nothing has to come before. */
  #next(): readonly number[] {
    const found: number[] = [];
    let earliestEnd = never;
    for (let i = this.#first; i < this.#operations.length; i++) {
      const { called, returned } = this.#at(i);
      if (called > earliestEnd) break;
      if (this.#isDone[i] === 1) continue;
      found.push(i);
      earliestEnd = Math.min(earliestEnd, returned);
    }
    return found;
  }

  /** Not when the same was done before, in another order, and came to nothing. */
  #isNew(state: State): boolean {
    const key = `${this.#high} ${this.#low} ${state}`;
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    return true;
  }

  #take(i: number): void {
    this.#isDone[i] = 1;
    this.#mark(i);
    this.#count(this.#at(i), -1);
    while (this.#isDone[this.#first] === 1) this.#first++;
  }

  #putBack(i: number): void {
    this.#isDone[i] = 0;
    this.#mark(i);
    this.#count(this.#at(i), 1);
    this.#first = Math.min(this.#first, i);
  }

  #mark(i: number): void {
    const [high, low] = must(this.#marks[i], 'the marks of an operation');
    this.#high ^= high;
    this.#low ^= low;
  }

  #count({ kind, token, output, returned }: Operation, change: 1 | -1): void {
    if (returned !== never) this.#left += change;
    if (kind === 'get' && returned !== never) add(this.#readers, typeof output === 'string' ? output : INITIAL, change);
    else if (kind === 'put') add(this.#writers, token, change);
    else if (kind === 'delete' && output !== 0) add(this.#writers, INITIAL, change);
  }

  #at(i: number): Operation {
    return must(this.#operations[i], 'an operation');
  }
}

function add(counts: Map<State, number>, state: State, change: number): void {
  counts.set(state, (counts.get(state) ?? 0) + change);
}
