/**
 * A transaction: reads and writes of some keys at one moment, often after a look at one of them, which must not have
 * changed then. Each part is an operation on its key; that all of them took effect at the moment at which the log has the
 * whole, the checker finds out. A delete of a key that is never there tells in the log which transaction it is.
 */

import { type Errand, type ErrandParts, isRefusal } from './errand.js';
import type { Kind, Operation } from './history.js';
import { answerOf } from './reply-reader.js';

export class TransactionErrand implements Errand {
  readonly #parts: ErrandParts;
  /** The first is the one that is watched. */
  readonly #keys: readonly string[];
  readonly #token: string;
  readonly #isWatching: boolean;
  #phase: 'watch' | 'look' | 'gather' | 'answer' = 'watch';
  /** What was found behind the WATCH; undefined where that, or the WATCH, came to nothing. */
  #found: Operation['output'] | undefined;
  /** Under way. */
  #open: Operation[] = [];
  #queued = 0;
  #items: string[] = [];
  isOver = false;

  constructor(parts: ErrandParts) {
    this.#parts = parts;
    this.#keys = Array.from({ length: 1 + parts.random.below(3) }, () => parts.key());
    this.#token = parts.token();
    this.#isWatching = parts.random.chance(0.6);
  }

  begin(): string {
    if (!this.#isWatching) return this.#gather();
    const [key = ''] = this.#keys;
    this.#open = [this.#begin('get', key)];
    return `watch ${key}\nget ${key}\n`;
  }

  heard(line: string): string {
    switch (this.#phase) {
      case 'watch':
        this.#found = line === 'OK' ? null : undefined;
        this.#phase = 'look';
        return '';
      case 'look':
        this.#looked(line);
        return this.#gather();
      case 'gather':
        this.#gathered(line);
        return '';
      case 'answer':
        this.#answered(line);
        return '';
    }
  }

  lost(): void {
    for (const operation of this.#open) this.#parts.history.lose(operation);
    this.isOver = true;
  }

  #begin(kind: Kind, key: string): Operation {
    const { client, history, now } = this.#parts;
    const after = this.#open.findLast((other) => other.key === key)?.id ?? -1;
    return history.begin({ client, kind, key, token: kind === 'get' ? '' : this.#token, called: now(), after });
  }

  #looked(line: string): void {
    const { history, now, failed } = this.#parts;
    const answer = answerOf(line);
    for (const look of this.#open) {
      if (answer.type === 'error') {
        failed('get', answer);
        history.refuse(look);
        this.#found = undefined;
        continue;
      }
      history.end(look, foundIn(line), now());
      if (this.#found === null) this.#found = look.output;
    }
    this.#open = [];
  }

  #gather(): string {
    this.#phase = 'gather';
    const { random, history, begun } = this.#parts;
    const lines: string[] = [];
    for (const [index, key] of this.#keys.entries()) {
      const kinds = index === 0 ? (['get', 'put'] as const) : [random.pick(['get', 'put', 'put', 'delete'] as const)];
      for (const kind of kinds) {
        const operation = this.#begin(kind, key);
        this.#open.push(operation);
        history.atomic(operation);
        begun(operation, this.#token);
        lines.push(kind === 'put' ? `put ${key} ${this.#parts.valueOf(this.#token)}` : `${kind} ${key}`);
      }
    }
    return `multi\n${lines.join('\n')}\ndelete ${this.#token}\nexec\n`;
  }

  /** OK, then QUEUED for each part and for the last delete. */
  #gathered(line: string): void {
    const expected = this.#queued === 0 ? 'OK' : 'QUEUED';
    if (line !== expected && answerOf(line).type !== 'error') this.#parts.absurd('a part of a transaction', line);
    this.#queued++;
    if (this.#queued === this.#open.length + 2) this.#phase = 'answer';
  }

  #answered(line: string): void {
    const answer = answerOf(line);
    if (this.#items.length > 0 || line.startsWith('1) ')) {
      this.#items.push(line.slice(line.indexOf(' ') + 1));
      if (this.#items.length === this.#open.length + 1) this.#executed(this.#items);
    } else if (line === '(nil)' && this.#isWatching)
      this.#notExecuted((operation) => this.#parts.history.withdraw(operation));
    else if (answer.type !== 'error') this.#parts.absurd('exec', line);
    else {
      this.#parts.failed(`exec ${this.#token}`, answer);
      if (isRefusal(answer.code)) this.#notExecuted((operation) => this.#parts.history.refuse(operation));
      else if (answer.code !== 'UNCERTAIN') this.#parts.absurd('exec', line);
      else {
        if (answer.text.startsWith('executed;')) this.#executedUnseen();
        else this.lost();
      }
    }
  }

  /** A snapshot contains what it did. */
  #executedUnseen(): void {
    for (const operation of this.#open) this.#parts.history.leaveOpen(operation);
    // Behind a WATCH it may have been executed to no effect.
    if (!this.#isWatching) this.#parts.acknowledged(this.#token);
    this.isOver = true;
  }

  #notExecuted(note: (operation: Operation) => void): void {
    for (const operation of this.#open) note(operation);
    this.#parts.refused(this.#token);
    this.isOver = true;
  }

  #executed(items: readonly string[]): void {
    const { history, now, acknowledged, absurd } = this.#parts;
    this.isOver = true;
    for (const [index, operation] of this.#open.entries()) {
      const item = items[index] ?? '';
      const answer = answerOf(item);
      if (operation.kind === 'get' && answer.type === 'value') history.end(operation, foundIn(item), now());
      else if (operation.kind === 'put' && answer.type === 'ok') history.end(operation, null, now());
      else if (operation.kind === 'delete' && answer.type === 'count') history.end(operation, answer.count, now());
      else absurd(`${operation.kind} in a transaction`, item);
    }
    acknowledged(this.#token);
    const found = this.#open[0]?.output ?? null;
    if (this.#isWatching && !this.#isAsWatched(found)) absurd(`exec behind a get of ${this.#found}`, `${found}`);
  }

  /** A key that was not there at the WATCH may have come and gone. */
  #isAsWatched(found: Operation['output']): boolean {
    return this.#found !== undefined && (found === this.#found || found === null);
  }
}

/** The token of the value, null for none. */
function foundIn(line: string): string | null {
  return line === '(nil)' ? null : (line.split(' ', 1)[0] ?? '');
}
