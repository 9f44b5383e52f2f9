/** Bytes of the client port's inline syntax to lines, and lines to what they mean for the few commands that clients use here. */

import { latin1 } from '#src/wire/bytes.js';

export type Answer =
  | { readonly type: 'ok' }
  | { readonly type: 'value'; readonly value: string | null }
  | { readonly type: 'count'; readonly count: number }
  | { readonly type: 'error'; readonly code: string; readonly text: string };

/** Said to whoever connects when there are too many already, as after a standstill in which clients came again and again. */
export const TURNED_AWAY = 'ERROR BUSY all ';

export class ReplyReader {
  #rest = '';

  push(bytes: Uint8Array): void {
    this.#rest += latin1(bytes, 0, bytes.length);
  }

  /** The next whole line, without its end. */
  next(): string | undefined {
    const end = this.#rest.indexOf('\r\n');
    if (end < 0) return undefined;
    const line = this.#rest.slice(0, end);
    this.#rest = this.#rest.slice(end + 2);
    return line;
  }
}

export function answerOf(line: string): Answer {
  if (line === 'OK') return { type: 'ok' };
  if (line === '(nil)') return { type: 'value', value: null };
  const count = /^\(integer\) (\d+)$/.exec(line);
  if (count !== null) return { type: 'count', count: Number(count[1]) };
  const error = /^ERROR ([A-Z]+) (.*)$/.exec(line);
  if (error !== null) return { type: 'error', code: error[1] ?? '', text: error[2] ?? '' };
  return { type: 'value', value: line };
}
