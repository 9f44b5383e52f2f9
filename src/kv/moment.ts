/**
 * When a key is to go, as clients say it: in seconds or milliseconds, from now on or since 1970, where now is the time of
 * the log. What is out of range, and its error texts, are Redis 7's, except that no deadline lies beyond 2^53 - 1 ms, the
 * year 287,396.
 */

import type { Reply } from '../wire/reply.js';
import { parseInteger } from './integers.js';
import { invalidExpireTime, notAnInteger } from './replies.js';
import type { Writer } from './writer.js';

/** How a word is to be understood that says when. */
export interface Scale {
  readonly unitMs: 1 | 1_000;
  /** Else since 1970. */
  readonly fromNow: boolean;
}

/** A word that says when. */
export interface Moment extends Scale {
  readonly word: string;
}

export const SCALES: Readonly<Record<'EX' | 'PX' | 'EXAT' | 'PXAT', Scale>> = {
  EX: { unitMs: 1_000, fromNow: true },
  PX: { unitMs: 1, fromNow: true },
  EXAT: { unitMs: 1_000, fromNow: false },
  PXAT: { unitMs: 1, fromNow: false },
};

/** The most negative count of seconds that is one of milliseconds in 64 bits. */
const LEAST_SECONDS = -(2n ** 63n) / 1_000n;

/** The scale that an option of this name has, in upper case. */
export function scaleOf(option: string): Scale | undefined {
  return option === 'EX' || option === 'PX' || option === 'EXAT' || option === 'PXAT' ? SCALES[option] : undefined;
}

/**
 * The deadline, which may have come already or lie before 1970, or the error that the word is. Before it is executed a command is
 * checked with time 0: what is wrong then is wrong at any time. `command`: in lower case.
 */
export function deadlineOf({ word, unitMs, fromNow }: Moment, time: number, command: string): number | Reply {
  const count = parseInteger(word);
  if (count === null) return notAnInteger();
  if (unitMs === 1_000 && count < LEAST_SECONDS) return invalidExpireTime(command);
  const deadline = Number(count) * unitMs + (fromNow ? Math.floor(time) : 0);
  return deadline > Number.MAX_SAFE_INTEGER ? invalidExpireTime(command) : deadline;
}

/** The same for what takes no count of 0 or below. */
export function deadlineAhead(moment: Moment, time: number, command: string): number | Reply {
  const deadline = deadlineOf(moment, time, command);
  const isCount = typeof deadline === 'number' && (parseInteger(moment.word) ?? 0n) > 0n;
  return typeof deadline !== 'number' || isCount ? deadline : invalidExpireTime(command);
}

/** Puts a key that is to go; where its time has come already nothing is left of it. */
export function putUntil(writer: Writer, key: string, value: string, deadline: number): void {
  if (deadline <= writer.time) writer.delete(key);
  else writer.put(key, value, deadline);
}

/** The same of a key that stays as it is. */
export function leaveUntil(writer: Writer, key: string, deadline: number): void {
  if (deadline <= writer.time) writer.delete(key);
  else writer.setDeadline(key, deadline);
}
