/**
 * What transactions must keep: the two halves of a pair are only ever written together, and a counter is only ever raised by one, by
 * whoever has watched it. So halves that differ, two who made the same number, and a number that is too small are each a finding.
 */
import { tokenOf, valueFor } from './errand.js';
import type { Story } from './story.js';

const halves = ['left', 'right'] as const;

export class Pairs {
  readonly #story: Story;
  readonly count: number;
  /** By pair, the numbers that somebody was told to have made. */
  readonly #made: Set<number>[];
  readonly #unknown: number[];
  #tokens = 0;

  constructor(story: Story, count: number) {
    this.#story = story;
    this.count = count;
    this.#made = Array.from({ length: count }, () => new Set());
    this.#unknown = Array.from({ length: count }, () => 0);
  }

  counterOf(pair: number): string {
    return `p${pair}.count`;
  }

  /** Both halves, and the counter. */
  keysOf(pair: number): readonly string[] {
    return [...halves.map((half) => `p${pair}.${half}`), this.counterOf(pair)];
  }

  /** The commands of a transaction that reads both halves and writes them and the counter anew. */
  commandsOf(pair: number, number: number): readonly string[] {
    const [left = '', right = '', counter = ''] = this.keysOf(pair);
    const value = valueFor(`p${this.#tokens++}`);
    return [`GET ${left}`, `GET ${right}`, `PUT ${left} ${value}`, `PUT ${right} ${value}`, `PUT ${counter} ${number}`];
  }

  /** The answers to all its commands. */
  done(pair: number, number: number, answers: readonly string[]): void {
    const [left = '', right = '', ...rest] = answers;
    this.#compare(pair, left === '(nil)' ? null : left, right === '(nil)' ? null : right);
    if (rest.join() !== 'OK,OK,OK')
      this.#story.found('other', `a transaction on pair ${pair} was answered ${answers.join(' | ')}`);
    const made = this.#made[pair];
    if (made?.has(number) === true)
      this.#story.found('lost', `two transactions made ${this.counterOf(pair)} ${number}`);
    made?.add(number);
  }

  /** It may have been executed, or may still be. */
  unknown(pair: number): void {
    this.#unknown[pair] = (this.#unknown[pair] ?? 0) + 1;
  }

  /** What the store holds in the end under the keys of the pair. */
  close(pair: number, [left = null, right = null, counter = null]: readonly (string | null)[]): void {
    this.#compare(pair, left, right);
    const number = Number(counter);
    const made = this.#made[pair] ?? new Set();
    const most = made.size + (this.#unknown[pair] ?? 0);
    const told = `${this.counterOf(pair)} is ${counter} in the end`;
    if (number < made.size) this.#story.found('lost', `${told}, and ${made.size} transactions were acknowledged`);
    if (number > most) this.#story.found('other', `${told}, and ${most} transactions were asked for at most`);
  }

  #compare(pair: number, left: string | null, right: string | null): void {
    const isProper = left === null || tokenOf(left) !== undefined;
    if (left === right && isProper) return;
    this.#story.found('other', `the halves of pair ${pair} are ${left?.slice(0, 20)} and ${right?.slice(0, 20)}`);
  }
}
