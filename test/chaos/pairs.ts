/**
 * What transactions must keep: the two halves of a pair and its counter are only ever written together, and the counter is
 * only ever raised by one, by whoever has watched it. So the halves always tell the number that the counter has, nobody
 * makes a number that another has made, and none that was made is taken back.
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
  #transactions = 0;

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
    const value = valueFor(`p${number}.${this.#transactions++}`);
    return [`GET ${left}`, `GET ${right}`, `PUT ${left} ${value}`, `PUT ${right} ${value}`, `PUT ${counter} ${number}`];
  }

  /** The answers to all its commands. */
  done(pair: number, number: number, answers: readonly string[]): void {
    const [left = '', right = '', ...rest] = answers;
    this.#compare(pair, number - 1, left === '(nil)' ? null : left, right === '(nil)' ? null : right);
    if (rest.join() !== 'OK,OK,OK') {
      this.#story.found('other', `a transaction on pair ${pair} was answered ${answers.join(' | ')}`);
    }
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
    const number = counter === null ? 0 : Number(counter);
    const made = this.#made[pair] ?? new Set();
    const highest = [...made].reduce((most, each) => Math.max(most, each), 0);
    const most = made.size + (this.#unknown[pair] ?? 0);
    const told = `${this.counterOf(pair)} is ${counter} in the end`;
    if (!Number.isInteger(number)) this.#story.found('other', told);
    if (number < highest) this.#story.found('lost', `${told}, and ${highest} was made`);
    if (number > most) this.#story.found('other', `${told}, and ${most} transactions were asked for at most`);
    this.#compare(pair, number, left, right);
  }

  /** Both halves tell the number, or there are none before the first. */
  #compare(pair: number, number: number, left: string | null, right: string | null): void {
    if (left === right && numberIn(left) === number) return;
    const told = [left, right].map((half) => half?.slice(0, 20) ?? 'nothing').join(' and ');
    this.#story.found('other', `the halves of pair ${pair} at ${number} are ${told}`);
  }
}

/** 0 for nothing; undefined for what no transaction wrote. */
function numberIn(value: string | null): number | undefined {
  if (value === null) return 0;
  const [, number] = /^p(\d+)\.\d+$/.exec(tokenOf(value) ?? '') ?? [];
  return number === undefined ? undefined : Number(number);
}
