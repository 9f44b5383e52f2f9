/**
 * One operation of a client, from the line that it sends to what becomes of it. It begins when it is made: it is to be sent at
 * once. Exactly one of `ended`, `refused` and `lost` is told to it. Values are made of the writer's token, so that a value that
 * nobody wrote, or that was torn, is found out.
 */
import type { Answer } from '../sim/clients/reply-reader.js';

export interface Errand {
  readonly line: string;
  readonly isWrite: boolean;
  /** It was carried out. */
  ended(answer: Answer): void;
  /** It was not carried out, for certain. */
  refused(): void;
  /** It may be carried out now, later or never. */
  lost(): void;
  /** The same once more, as a client asks elsewhere that was told nothing. Undefined when its time is over. */
  again(): Errand | undefined;
}

const longPadding = 3_000;
const shortPadding = 50;
/** So many values are short for each long one. */
const longEvery = 64;

/** `token` is letters, digits and dots. */
export function valueFor(token: string): string {
  let hash = 0;
  for (let i = 0; i < token.length; i++) hash = Math.imul(hash ^ token.charCodeAt(i), 0x01000193) >>> 0;
  const padding = hash % longEvery === 0 ? longPadding : hash % shortPadding;
  return `${token}~${'x'.repeat(padding)}`;
}

/** Undefined when nobody wrote such a value. */
export function tokenOf(value: string): string | undefined {
  const token = value.slice(0, value.indexOf('~'));
  return valueFor(token) === value ? token : undefined;
}
