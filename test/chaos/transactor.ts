/** A client of transactions: watches a counter, and writes a pair and the next number together. */
import { elapse } from '../cluster/until.js';
import { type Answer, answerOf } from '../sim/clients/reply-reader.js';
import type { Random } from '../sim/world/random.js';
import type { Caller } from './caller.js';
import type { Pairs } from './pairs.js';
import type { Story } from './story.js';
import type { Tally } from './tally.js';

const redialMs = 30;
const patienceMs = 2_500;
const paces = [2, 10, 30];
const wander = 0.02;

export interface TransactorParts {
  readonly replicas: number;
  readonly home: number;
  readonly caller: Caller;
  readonly random: Random;
  readonly pairs: Pairs;
  readonly tally: Tally;
  readonly story: Story;
}

export class Transactor {
  readonly #parts: TransactorParts;
  readonly #paceMs: number;
  #at: number;

  constructor(parts: TransactorParts) {
    this.#parts = parts;
    this.#at = parts.home;
    this.#paceMs = parts.random.pick(paces);
  }

  async run(goesOn: () => boolean): Promise<void> {
    const { caller, random, pairs } = this.#parts;
    while (goesOn()) {
      if (random.chance(wander)) caller.close();
      if (caller.connected || (await caller.connect(this.#at))) await this.#transact(random.below(pairs.count));
      else await elapse(redialMs);
      if (!caller.connected) this.#at = random.below(this.#parts.replicas);
      await elapse(random.between(0, 2 * this.#paceMs));
    }
    caller.close();
  }

  async #transact(pair: number): Promise<void> {
    const { caller, pairs, tally } = this.#parts;
    const counter = pairs.counterOf(pair);
    const looked = await caller.askAll([`WATCH ${counter}`, `GET ${counter}`], patienceMs);
    if (looked === undefined) return;
    const [watched, found] = looked.map(answerOf);
    for (const answer of [watched, found]) if (answer?.type === 'error') this.#refused(`a look at ${counter}`, answer);
    if (watched?.type !== 'ok' || found?.type !== 'value') return;
    const number = Number(found.value ?? 0) + 1;
    const commands = pairs.commandsOf(pair, number);
    // What is behind EXEC shows where its list ends.
    const told = await caller.askAll(['MULTI', ...commands, 'EXEC', 'PING'], patienceMs, commands.length);
    if (told === undefined) {
      tally.unanswered++;
      pairs.unknown(pair);
      return;
    }
    this.#executed(pair, number, told.at(-2) ?? '');
    if (told.at(-1) !== '+PONG') this.#parts.story.found('other', `PING behind EXEC was answered ${told.at(-1)}`);
  }

  /** Not executed, for certain; or what nobody should be told. */
  #refused(what: string, { code, text }: Extract<Answer, { type: 'error' }>): void {
    const { tally, story } = this.#parts;
    if (['NOQUORUM', 'BUSY', 'EXECABORT'].includes(code)) tally.refused++;
    else story.found('other', `${what} was answered ${code} ${text}`);
  }

  #executed(pair: number, number: number, reply: string): void {
    const { pairs, tally, story } = this.#parts;
    if (reply === '(nil)') {
      tally.conflicts++;
      return;
    }
    if (reply.startsWith('1) ')) {
      tally.transactions++;
      tally.operations++;
      const items = reply.split('\n').map((line) => line.replace(/^\d+\) /, ''));
      pairs.done(pair, number, items);
      return;
    }
    const answer = answerOf(reply);
    if (answer.type !== 'error') story.found('other', `EXEC was answered ${reply}`);
    else if (answer.code === 'UNCERTAIN') {
      tally.toldUncertain++;
      pairs.unknown(pair);
    } else this.#refused('EXEC', answer);
  }
}
