/** How much a transaction would write, copy and answer, as far as can be told before it is executed. */

import type { WriteCommand } from '../../kv/command.js';
import { TRANSACTION_REPLY_BYTES } from '../../kv/execution.js';
import type { StateMachine } from '../../kv/state-machine.js';
import { copiesTooMuch, type ErrorReply } from './errors.js';
import {
  type Argv,
  type Copying,
  countKeys,
  type Evaluated,
  type Sizes,
  type Surroundings,
  sizesError,
  sizesOf,
  storedBytes,
} from './request.js';

/** A command in a transaction. */
export type Gathered =
  | { readonly type: 'write'; readonly command: WriteCommand; readonly words: Argv }
  | { readonly type: 'read'; readonly command: Evaluated; readonly words: Argv };

/** As much as a dozen large values: that many milliseconds, at apply everybody's. */
const COPIED_BYTES = 16 * 1024 * 1024;

/** What is foreseen of a transaction. */
export interface Foreseen extends Copying {
  /** Bytes that its reply may have. */
  readonly answered: number;
}

/**
 * What keeps the whole from being executed, null when nothing does: the data limit, as for each command by itself, and
 * copies.
 */
export function sizeError({ copied, sizes }: Foreseen, { machine, limits, underWay }: Surroundings): ErrorReply | null {
  if (copied > COPIED_BYTES) return copiesTooMuch(copied, COPIED_BYTES);
  return sizesError(machine, sizes, limits, underWay);
}

/** What is written before them, in the transaction or by what is under way, may be what its commands find. */
export function foresee(commands: readonly Gathered[], { machine, underWay }: Surroundings): Foreseen {
  const sizes: Sizes[number][] = [];
  let { longest } = underWay;
  let copies = 0;
  let copied = 0;
  let stored = 0;
  let read = 0;
  for (const { type, command, words } of commands) {
    if (type === 'read') {
      read += readBytes(command, words, machine, longest);
      continue;
    }
    if (command.copies?.(words) === true) {
      const bytes = storedBytes(words.text(1), machine);
      copies++;
      copied += Math.max(bytes, longest);
      stored = Math.max(stored, bytes);
      longest = Math.max(longest, bytes);
    }
    for (const size of sizesOf(command, words, machine)) {
      longest = Math.max(longest, size[1]);
      sizes.push(size);
    }
  }
  return { copies, copied, stored, answered: copied + Math.min(read, TRANSACTION_REPLY_BYTES), sizes };
}

function readBytes({ keys }: Evaluated, words: Argv, machine: StateMachine, largest: number): number {
  if (keys.step === 0) return TRANSACTION_REPLY_BYTES;
  let bytes = 0;
  for (let i = keys.first, left = countKeys(keys, words.words); left > 0; i += keys.step, left--)
    bytes += Math.max(storedBytes(words.text(i), machine), largest);
  return bytes;
}
