/**
 * Is there an order of these operations on one key in which each takes effect between its call and its return? The search of
 * Wing and Gong with Lowe's memory of (operations done, state), as in Porcupine. Operations of unknown outcome may take effect
 * at any time after their call, or never. Where the log shows when writes took effect, an order that respects this is looked
 * for first: finding one proves as much, and takes no search to speak of.
 */

import type { Operation } from '../clients/history.js';
import { INITIAL, type State, step } from './register.js';
import { HIGH, LOW, scattered } from './scattered.js';

export type Verdict = 'linearizable' | 'not linearizable' | 'undecided';

const NEVER = Number.POSITIVE_INFINITY;

/** Steps of the search before it is given up, which is a failure too. */
const BUDGET = 2_000_000;

/** Room for the order of writes that took effect at the same moment. */
const MOMENT = 1e-7;

export function checkKey(operations: readonly Operation[], budget = BUDGET): Verdict {
  const hinted = checkAsLogged(operations, budget);
  return hinted === 'linearizable' ? hinted : search(operations, budget);
}

/**
 * The same, where writes took effect when the log shows that they did, and at no other time. Parts of a transaction have
 * one hint, so keys that each have such an order have one together, in which the parts stand side by side.
 */
export function checkAsLogged(operations: readonly Operation[], budget = BUDGET): Verdict {
  return new Search(withKnownPredecessors(operations).filter(mayHaveHappened).map(narrowed)).run(budget);
}

function mayHaveHappened({ token, returned, hint }: Operation): boolean {
  return token === '' || returned !== NEVER || hint >= 0;
}

function narrowed(operation: Operation): Operation {
  const { called, returned, hint } = operation;
  if (hint < called || hint > returned) return operation;
  return { ...operation, called: hint, returned: returned === NEVER ? NEVER : Math.min(returned, hint + MOMENT / 2) };
}

/** The search itself, without hints. */
export function search(operations: readonly Operation[], budget = BUDGET): Verdict {
  return new Search(withKnownPredecessors(operations)).run(budget);
}

interface Done {
  readonly index: number;
  readonly state: State;
}

class Search {
  readonly #operations: readonly Operation[];
  /** What the same connection asked for before, by index: a connection's requests take effect in their order. */
  readonly #before: Int32Array;
  /**
   * A ring of calls and returns by time: operation i's call is i, its return n + i, and 2n is where it begins and ends. What
   * was done is taken out.
   */
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  readonly #isDone: Uint8Array;
  /** The done operations' numbers, two for each, combined: stand for the set of them (Zobrist). */
  #high = 0;
  #low = 0;
  #left = 0;
  readonly #seen = new Set<string>();

  constructor(operations: readonly Operation[]) {
    const n = operations.length;
    this.#operations = operations;
    const indexOf = new Map(operations.map(({ id }, index) => [id, index]));
    this.#before = Int32Array.from(operations, ({ after }) => indexOf.get(after) ?? NOTHING);
    this.#next = new Int32Array(2 * n + 1);
    this.#previous = new Int32Array(2 * n + 1);
    this.#isDone = new Uint8Array(n);
    this.#link(n);
  }

  run(budget: number): Verdict {
    const n = this.#operations.length;
    const head = 2 * n;
    const done: Done[] = [];
    let state = INITIAL;
    let node = this.#at(head);
    for (let steps = 0; this.#left > 0; steps++) {
      if (steps > budget) return 'undecided';
      const after = node < n ? this.#try(node, state) : undefined;
      if (after !== undefined) {
        done.push({ index: node, state });
        state = after;
        this.#lift(node);
        node = this.#at(head);
      } else if (node < n) node = this.#at(node);
      else {
        const last = done.pop();
        if (last === undefined) return 'not linearizable';
        state = last.state;
        this.#unlift(last.index);
        node = this.#at(last.index);
      }
    }
    return 'linearizable';
  }

  /** The state after it, when it can be the next and that was not tried before. */
  #try(index: number, state: State): State | undefined {
    const operation = this.#operations[index];
    if (operation === undefined) return undefined;
    const before = this.#before[index] ?? NOTHING;
    if (before !== NOTHING && this.#isDone[before] === 0) return undefined;
    const after = step(state, operation);
    if (after === undefined) return undefined;
    const key = `${this.#high ^ scattered(index, HIGH)} ${this.#low ^ scattered(index, LOW)} ${after}`;
    if (this.#seen.has(key)) return undefined;
    this.#seen.add(key);
    return after;
  }

  #lift(index: number): void {
    this.#isDone[index] = 1;
    this.#remark(index);
    this.#unlink(index);
    if (this.#isKnown(index)) {
      this.#left--;
      this.#unlink(this.#operations.length + index);
    }
  }

  #unlift(index: number): void {
    this.#isDone[index] = 0;
    this.#remark(index);
    if (this.#isKnown(index)) {
      this.#left++;
      this.#relink(this.#operations.length + index);
    }
    this.#relink(index);
  }

  #remark(index: number): void {
    this.#high ^= scattered(index, HIGH);
    this.#low ^= scattered(index, LOW);
  }

  #isKnown(index: number): boolean {
    return this.#operations[index]?.returned !== NEVER;
  }

  #link(n: number): void {
    const times = this.#operations.flatMap(({ called, returned }, index) => {
      const call = { at: called, node: index };
      return returned === NEVER ? [call] : [call, { at: returned, node: n + index }];
    });
    this.#left = times.length - n;
    // At one moment, calls come first: only what returned strictly before a call precedes it.
    times.sort((a, b) => a.at - b.at || a.node - b.node);
    let last = 2 * n;
    for (const { node } of times) {
      this.#next[last] = node;
      this.#previous[node] = last;
      last = node;
    }
    this.#next[last] = 2 * n;
    this.#previous[2 * n] = last;
  }

  #at(node: number): number {
    return this.#next[node] ?? 0;
  }

  #unlink(node: number): void {
    const before = this.#previous[node] ?? 0;
    const after = this.#next[node] ?? 0;
    this.#next[before] = after;
    this.#previous[after] = before;
  }

  #relink(node: number): void {
    this.#next[this.#previous[node] ?? 0] = node;
    this.#previous[this.#next[node] ?? 0] = node;
  }
}

const NOTHING = -1;

/**
 * What each has to come after on its connection. One of unknown outcome is passed over: it may take effect later than what was
 * asked for after it, or never.
 */
function withKnownPredecessors(operations: readonly Operation[]): Operation[] {
  const byId = new Map(operations.map((operation) => [operation.id, operation]));
  return operations.map((operation) => {
    let before = byId.get(operation.after);
    while (before?.returned === NEVER) before = byId.get(before.after);
    const after = before?.id ?? NOTHING;
    return after === operation.after ? operation : { ...operation, after };
  });
}
