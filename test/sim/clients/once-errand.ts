/**
 * A write that is asked for under an id until there is an answer, at whichever replica: it must be executed once, and the
 * answer be the first one, wherever that was lost.
 */

import { type Errand, type ErrandParts, isRefusal } from './errand.js';
import type { Operation } from './history.js';
import { answerOf } from './reply-reader.js';

/** Then the client gives up. */
const MOST_ATTEMPTS = 8;

export class OnceErrand implements Errand {
  readonly #parts: ErrandParts;
  readonly #operation: Operation;
  readonly #line: string;
  #attempts = 0;
  isOver = false;

  constructor(parts: ErrandParts) {
    this.#parts = parts;
    const kind = parts.random.chance(0.3) ? 'delete' : 'put';
    const key = parts.key();
    const token = parts.token();
    this.#operation = parts.history.begin({ client: parts.client, kind, key, token, called: parts.now(), after: -1 });
    parts.begun(this.#operation, token);
    const command = kind === 'put' ? `put ${key} "${parts.valueOf(token)}"` : `delete ${key} ${token}`;
    this.#line = `once ${token} ${command}\n`;
  }

  begin(): string {
    this.#attempts++;
    return this.#line;
  }

  heard(line: string): string {
    const { history, now, acknowledged, absurd, failed } = this.#parts;
    const { kind, token } = this.#operation;
    const answer = answerOf(line);
    const isRight = kind === 'put' ? answer.type === 'ok' : answer.type === 'count';
    if (isRight) {
      history.end(this.#operation, answer.type === 'count' ? answer.count : null, now());
      acknowledged(token);
      this.isOver = true;
      return '';
    }
    if (answer.type !== 'error' || !(answer.code === 'UNCERTAIN' || isRefusal(answer.code))) {
      absurd(this.#line, line);
      return '';
    }
    failed(`once ${kind} ${token}`, answer);
    // Of an earlier attempt nobody knows.
    if (this.#attempts < MOST_ATTEMPTS) return this.begin();
    this.#giveUp();
    return '';
  }

  lost(mayGoOn: boolean): void {
    if (!mayGoOn || this.#attempts >= MOST_ATTEMPTS) this.#giveUp();
  }

  #giveUp(): void {
    this.#parts.history.lose(this.#operation);
    this.isOver = true;
  }
}
