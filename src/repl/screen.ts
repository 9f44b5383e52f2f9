/** What a session shows, whoever looks at it: a person at a terminal, or a program behind a pipe. */

import type { Reply } from '../wire/reply.js';
import type { Change } from './change.js';

export interface Screen {
  reply(reply: Reply): void;
  /** A line of FOLLOW. */
  change(change: Change): void;
  /** What FOLLOW found there already. */
  pair(key: string, value: string): void;
  /** A line between those: `LIVE`. */
  mark(text: string): void;
  /** Everything up to this revision has been told, and nothing came for a while. */
  idle(revision: number): void;
  /** What this client has to say itself. */
  notice(text: string): void;
  /** Several lines that were asked for. */
  help(text: string): void;
  complaint(text: string): void;
}

/** Where a person reads. */
export interface Window {
  write(text: string): unknown;
  readonly columns: number;
}
