/**
 * From the words of a request to what is to be done: the command is looked up, its words are counted and measured, and a write
 * becomes the bytes that will stand in the log. Everything that can be refused without the cluster is refused here, so that
 * nothing that stands in the log can fail to execute. When it is done, and in which order, is the connection's business.
 */

import type { LocalCommand, ReadCommand, Words, WriteCommand } from '../../kv/command.js';
import { findCommand } from '../../kv/command-table.js';
import type { StateMachine } from '../../kv/state-machine.js';
import { entryBytes } from '../../kv/table-contents.js';
import type { ClientRequest, Syntax } from '../../wire/client-request.js';
import { encodeCommand } from '../../wire/command.js';
import type { Reply } from '../../wire/reply.js';
import type { Limits } from '../settings.js';
import { badKey, storeFull, tooManyKeys, unknownCommand, valueTooLarge, wrongWords } from './errors.js';

/** A command with more would hold the event loop, at apply even everybody's, for more than some milliseconds. */
const KEYS_PER_COMMAND = 1_000;

/** Words as the inline and later syntaxes deliver them. */
export class Argv implements Words {
  readonly #argv: readonly string[];

  constructor(argv: readonly string[]) {
    this.#argv = argv;
  }

  get words(): number {
    return this.#argv.length;
  }

  text(index: number): string {
    return this.#argv[index] ?? '';
  }
}

export type Request = { readonly syntax: Syntax } & (
  | { readonly type: 'write'; readonly bytes: Uint8Array }
  | { readonly type: 'read'; readonly command: ReadCommand; readonly words: Argv; readonly bytes: number }
  | { readonly type: 'local'; readonly command: LocalCommand; readonly words: Argv }
  | { readonly type: 'refused'; readonly reply: Reply }
  /** The reply, if there is one, is the last. */
  | { readonly type: 'close'; readonly reply: Reply | null }
);

export function requestOf(asked: ClientRequest, limits: Limits, machine: StateMachine): Request {
  if (asked.type !== 'command') return asked;
  const { argv, syntax } = asked;
  const typed = argv[0] ?? '';
  const command = findCommand(typed) ?? findCommand(typed.toUpperCase());
  if (command === undefined) return refused(syntax, unknownCommand(typed));
  if (argv.length < command.minWords || argv.length > command.maxWords)
    return refused(syntax, wrongWords(command, argv, syntax));
  if (command.kind === 'local') return { type: 'local', command, words: new Argv(argv), syntax };
  const bad = keysError(command.keys === 'one' ? 1 : command.keys === 'none' ? 0 : argv.length - 1, argv, limits);
  if (bad !== null) return refused(syntax, bad);
  if (command.kind === 'write') return writeOf(command, asked, limits, machine);
  let bytes = 0;
  for (const word of argv) bytes += word.length;
  return { type: 'read', command, words: new Argv(argv), bytes, syntax };
}

type Asked = Extract<ClientRequest, { type: 'command' }>;

function writeOf(command: WriteCommand, { argv, syntax }: Asked, limits: Limits, machine: StateMachine): Request {
  if (command.value > 0) {
    const key = argv[1] ?? '';
    const value = argv[command.value] ?? '';
    if (value.length > limits.valueBytes) return refused(syntax, valueTooLarge(value.length, limits.valueBytes));
    if (overfills(machine, key, value, limits.dataBytes)) return refused(syntax, storeFull(limits.dataBytes));
  }
  const words = argv[0] === command.name ? argv : [command.name, ...argv.slice(1)];
  return { type: 'write', bytes: encodeCommand(words), syntax };
}

/**
 * The limit on data is kept here, against what this replica has applied, and not at apply: there a replica with another limit
 * would become another store. What is under way may go beyond it, by the length of the queues. What makes a key no larger passes.
 */
function overfills(machine: StateMachine, key: string, value: string, limit: number): boolean {
  // Far from the limit, which is nearly always, the key need not be looked up.
  if (machine.bytes + entryBytes(key.length, value.length) <= limit) return false;
  const old = machine.get(key);
  if (old === undefined) return true;
  const more = value.length - old.value.length;
  return more > 0 && machine.bytes + more > limit;
}

function keysError(keys: number, argv: readonly string[], limits: Limits): Reply | null {
  if (keys > KEYS_PER_COMMAND) return tooManyKeys(keys, KEYS_PER_COMMAND);
  for (let i = 1; i <= keys; i++) {
    const length = argv[i]?.length ?? 0;
    if (length === 0 || length > limits.keyBytes) return badKey(length, limits.keyBytes);
  }
  return null;
}

function refused(syntax: Syntax, reply: Reply): Request {
  return { type: 'refused', reply, syntax };
}
