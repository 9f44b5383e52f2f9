/** How much a transaction would write, copy and answer, as far as can be told before it is executed. */

import type { WriteCommand } from '../../kv/command.js';
import { TRANSACTION_REPLY_BYTES } from '../../kv/execution.js';
import type { StateMachine } from '../../kv/state-machine.js';
import type { Limits } from '../settings.js';
import { copiesTooMuch, type ErrorReply } from './errors.js';
import { type Argv, copiedBy, countKeys, type Evaluated, sizesError, sizesOf } from './request.js';

/** A command in a transaction. */
export type Gathered =
  | { readonly type: 'write'; readonly command: WriteCommand; readonly words: Argv }
  | { readonly type: 'read'; readonly command: Evaluated; readonly words: Argv };

/** As much as a dozen large values: that many milliseconds, at apply everybody's. */
const COPIED_BYTES = 16 * 1024 * 1024;

/** What keeps the whole from being executed, null when nothing does: the data limit, as for each command by itself, and copies. */
export function sizeError(commands: readonly Gathered[], machine: StateMachine, limits: Limits): ErrorReply | null {
  const { copied } = costOf(commands, machine);
  if (copied > COPIED_BYTES) return copiesTooMuch(copied, COPIED_BYTES);
  const sizes = commands.flatMap((one) => (one.type === 'write' ? sizesOf(one.command, one.words, machine) : []));
  return sizesError(machine, sizes, limits);
}

/** Bytes that its reply may have; null where those are numbers and such. */
export function answeredBytes(commands: readonly Gathered[], machine: StateMachine): number | null {
  const { copied, read } = costOf(commands, machine);
  const bytes = copied + Math.min(read, TRANSACTION_REPLY_BYTES);
  return bytes === 0 ? null : bytes;
}

/** Bytes that writes copy, or answer, and bytes that reads answer. What is written before them may be what they find. */
function costOf(commands: readonly Gathered[], machine: StateMachine): { copied: number; read: number } {
  let largest = 0;
  let copied = 0;
  let read = 0;
  for (const { type, command, words } of commands) {
    if (type === 'read') read += readBytes(command, words, machine, largest);
    else {
      const bytes = copiedBy(command, words, machine);
      if (bytes !== null) copied += Math.max(bytes, largest);
      for (const [, size] of sizesOf(command, words, machine)) largest = Math.max(largest, size);
    }
  }
  return { copied, read };
}

function readBytes({ keys }: Evaluated, words: Argv, machine: StateMachine, largest: number): number {
  if (keys.step === 0) return TRANSACTION_REPLY_BYTES;
  let bytes = 0;
  for (let i = keys.first, left = countKeys(keys, words.words); left > 0; i += keys.step, left--)
    bytes += Math.max(machine.get(words.text(i))?.valueBytes ?? 0, largest);
  return bytes;
}
