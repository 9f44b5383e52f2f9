/**
 * A ONCE as it stands in the log: `ONCE id place command …`, with the place that its origin's table had for it when it came
 * from its client (once-table.ts says what for). It stays the same, however often the origin sends it.
 */

import { crc32 } from 'node:zlib';
import { type CommandCursor, encodeCommand } from '../wire/command.js';

/** Under which such a command stands in the log. */
export const ONCE = 'ONCE';

/** Words before the command. */
export const ONCE_WORDS = 3;

/** By which such a command is known again. */
export interface OnceMark {
  /** latin1. */
  readonly id: string;
  /** Of the command (`fingerprintOf`). */
  readonly command: number;
}

export interface LoggedMark extends OnceMark {
  readonly place: number;
}

/** `argv`: the command, latin1. */
export function encodeOnce(id: string, place: number, argv: readonly string[]): Uint8Array {
  return encodeCommand([ONCE, id, `${place}`, ...argv]);
}

export function onceMarkOf(words: CommandCursor): LoggedMark {
  return { id: words.text(1), place: Number(words.text(2)), command: fingerprintOf(words.from(ONCE_WORDS)) };
}

/** Which command it is, out of its bytes: another one has another number, but for one case in billions. */
function fingerprintOf(command: Uint8Array): number {
  return crc32(command) * 2 ** 20 + (command.length & 0xfffff);
}
