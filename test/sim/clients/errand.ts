/** Something that a client does in several steps, and nothing else meanwhile: what it sends next depends on what it was told. */

import type { Random } from '../world/random.js';
import type { History, Operation } from './history.js';
import type { Answer } from './reply-reader.js';

export interface Errand {
  /** What is to be sent first, on every connection anew. */
  begin(): string;
  /** A line came. What is to be sent then, '' for nothing. */
  heard(line: string): string;
  readonly isOver: boolean;
  /** The connection was lost; `mayGoOn`: there will be another. Over it is unless it begins again there. */
  lost(mayGoOn: boolean): void;
}

/** What an errand has at hand. */
export interface ErrandParts {
  readonly client: string;
  readonly random: Random;
  readonly history: History;
  now(): number;
  /** Of no other write. */
  token(): string;
  key(): string;
  /** What a put with this token writes. */
  valueOf(token: string): string;
  /** The log knows the operation by this token. */
  begun(operation: Operation, token: string): void;
  acknowledged(token: string): void;
  refused(token: string): void;
  /** An answer that no client should ever get. */
  absurd(asked: string, answer: string): void;
  /** An error was the answer, to a write. */
  failed(asked: string, answer: Extract<Answer, { type: 'error' }>): void;
}

/** Whether an error says that nothing was executed, for certain. */
export function isRefusal(code: string): boolean {
  return code === 'NOQUORUM' || code === 'BUSY' || code === 'EXECABORT';
}
