/**
 * What reads cost besides what they answer, and how much one of them may answer. Some look at thousands of keys to say a word or
 * nothing, so they count what they look at; who is to pay for it, and how much of it one turn can bear, others decide.
 */

/**
 * Bytes of the keys and values that one read answers at most; a single value may be longer. Told from their lengths, before
 * any is made.
 */
export const ANSWER_BYTES = 4 * 1024 * 1024;

/** What one step is worth at most, or little more, in words of requests: a millisecond or two. */
export const STEP_WORK = 2_048;

/** In the unit of matching one byte. */
const COST_OF_WORD = 128;

export class Meter {
  #spent = 0;

  /** A read begins, or a step of one. */
  begin(): void {
    this.#spent = 0;
  }

  /** A key of so many bytes, each matched at this cost. */
  key(bytes: number, cost: number): void {
    this.#spent += 64 + bytes * cost;
  }

  /** A key with its entry. */
  pair(): void {
    this.#spent += 2 * COST_OF_WORD;
  }

  place(): void {
    this.#spent += 8;
  }

  /** It is enough for one step. */
  get isFull(): boolean {
    return this.#spent > STEP_WORK * COST_OF_WORD;
  }

  /** In words of requests. */
  get work(): number {
    return Math.ceil(this.#spent / COST_OF_WORD);
  }
}
