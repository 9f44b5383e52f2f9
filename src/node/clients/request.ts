/**
 * From the words of a request to what is to be done: the command is looked up, its words are counted and measured, and a write
 * becomes the bytes that will stand in the log. Everything that can be refused without the cluster is refused here, so that
 * nothing that stands in the log can fail to execute. When it is done, and in which order, is the connection's business.
 */

import type {
  ControlCommand,
  KeyPlaces,
  LocalCommand,
  ReadCommand,
  VigilCommand,
  Words,
  WriteCommand,
} from '../../kv/command.js';
import { findCommand } from '../../kv/command-table.js';
import { encodeOnce } from '../../kv/once-mark.js';
import type { StateMachine } from '../../kv/state-machine.js';
import { entryBytes } from '../../kv/table-contents.js';
import type { ClientRequest, Syntax } from '../../wire/client-request.js';
import { encodeCommand } from '../../wire/command.js';
import type { Reply } from '../../wire/reply.js';
import type { Limits } from '../settings.js';
import { LIGHT, type UnderWay, type WriteLoad } from '../write-load.js';
import {
  badId,
  badKey,
  type ErrorReply,
  explained,
  onlyWrites,
  storeFull,
  tooManyKeys,
  tooManyWords,
  unknownCommand,
  valueTooLarge,
  wrongWords,
} from './errors.js';

/** A command with more would hold the event loop, at apply even everybody's, for more than some milliseconds. */
export const KEYS_PER_COMMAND = 1_000;

/** A pair for each key, and some: more are looked at again and again, here, at every other replica, and where it is applied. */
const WORDS_PER_COMMAND = 2 * KEYS_PER_COMMAND + 16;

/** What is shorter is not worth telling from what is short. */
const LONG_VALUE = 4 * 1024;

/** Growth that a write may bring besides its own bytes, such as what a key counts for: the queues bound it well enough. */
const UNCOUNTED_GROWTH = 256;

/** Of a command that is not about the data: its reply may have half a kilobyte for each. */
const LOCAL_WORDS = 256;

/** Long enough for any name that a program makes up, short enough to be kept a million times. */
const ID_BYTES = 128;

/** What the words of a request are held against. */
export interface Surroundings {
  readonly limits: Limits;
  readonly machine: StateMachine;
  readonly underWay: UnderWay;
}

/** Keys, with the lengths that their values would have. */
export type Sizes = readonly (readonly [key: string, bytes: number])[];

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

  /** Of all words. */
  get bytes(): number {
    let bytes = 0;
    for (const word of this.#argv) bytes += word.length;
    return bytes;
  }
}

/** A command for the log. */
export interface Logged {
  readonly bytes: Uint8Array;
  readonly load: WriteLoad;
  /** Bytes that its reply may have, as far as can be told. */
  readonly answered: number;
  /** Makes the client's reply out of what the command came to, where that is not the same. */
  readonly complete?: (reply: Reply) => Reply;
}

/** What has to be known of a read to be carried out. */
export type Evaluated = Pick<ReadCommand, 'kind' | 'name' | 'keys' | 'looks' | 'evaluate' | 'walk'>;

export type Request = { readonly syntax: Syntax } & (
  | ({ readonly type: 'write'; readonly command: WriteCommand; readonly words: Argv } & Logged)
  | ({ readonly type: 'once' } & Logged)
  | { readonly type: 'read'; readonly command: Evaluated | VigilCommand; readonly words: Argv; readonly bytes: number }
  | { readonly type: 'local'; readonly command: LocalCommand; readonly words: Argv }
  | { readonly type: 'control'; readonly command: ControlCommand; readonly words: Argv }
  /** EXEC of what the connection has gathered. */
  | { readonly type: 'exec' }
  /** It has its reply already, in its turn. */
  | { readonly type: 'answered'; readonly reply: Reply }
  /** Nothing is to be done: executing it would only answer this error. */
  | { readonly type: 'wrong'; readonly reply: Reply }
  | { readonly type: 'refused'; readonly reply: Reply }
  /** The reply, if there is one, is the last. */
  | { readonly type: 'close'; readonly reply: Reply | null }
);

/** What it takes in memory while it waits, besides little. */
export function bytesOfRequest(request: Request): number {
  switch (request.type) {
    case 'write':
    case 'once':
      return request.bytes.length;
    case 'read':
      return request.bytes;
    case 'local':
    case 'control':
      return request.words.bytes;
    default:
      return 0;
  }
}

export function requestOf(asked: ClientRequest, { limits, machine, underWay }: Surroundings): Request {
  if (asked.type !== 'command') return asked;
  const { argv, syntax } = asked;
  const typed = argv[0] ?? '';
  const command = findCommand(typed) ?? findCommand(typed.toUpperCase());
  if (command === undefined) return refused(syntax, unknownCommand(typed));
  if (argv.length < command.minWords || argv.length > command.maxWords)
    return refused(syntax, wrongWords(command, argv, syntax));
  if (command.kind === 'once') return onceOf(argv, asked, { limits, machine, underWay });
  const words = new Argv(argv);
  if (command.kind === 'local') {
    if (argv.length > LOCAL_WORDS) return refused(syntax, tooManyWords(argv.length, LOCAL_WORDS));
    return { type: 'local', command, words, syntax };
  }
  const bad = keysError(command.keys, argv, limits);
  if (bad !== null) return refused(syntax, bad);
  if (argv.length > WORDS_PER_COMMAND) return refused(syntax, tooManyWords(argv.length, WORDS_PER_COMMAND));
  if (command.kind === 'control') return { type: 'control', command, words, syntax };
  const wrong = command.check?.(words) ?? null;
  if (wrong !== null)
    return { type: 'wrong', reply: syntax === 'inline' ? explained(wrong, command, argv) : wrong, syntax };
  if (command.kind === 'write') return writeOf(command, words, asked, { limits, machine, underWay });
  return { type: 'read', command, words, bytes: words.bytes, syntax };
}

/** `ONCE id command …`: what is wrong with the command is refused as without it. */
function onceOf(
  [once = '', id = '', ...argv]: readonly string[],
  asked: Extract<ClientRequest, { type: 'command' }>,
  { limits, machine, underWay }: Surroundings,
): Request {
  const { syntax } = asked;
  if (id.length === 0 || id.length > ID_BYTES) return refused(syntax, badId(id.length, ID_BYTES));
  const named = findCommand(argv[0]?.toUpperCase() ?? '');
  if (named !== undefined && named.kind !== 'write') return refused(syntax, onlyWrites(once));
  const around = { limits: machine.knowsId(id) ? unlimited(limits) : limits, machine, underWay };
  const request = requestOf({ ...asked, argv }, around);
  if (request.type !== 'write') return request;
  const { command, load, answered } = request;
  const bytes = encodeOnce(id, machine.placeOfId(id), [command.name, ...argv.slice(1)]);
  return { type: 'once', bytes, load, answered, syntax };
}

/** For a repeat: what was executed is answered and not executed, however full the store has become, by that or since. */
function unlimited(limits: Limits): Limits {
  return { ...limits, valueBytes: Number.POSITIVE_INFINITY, dataBytes: Number.POSITIVE_INFINITY };
}

function writeOf(
  command: WriteCommand,
  words: Argv,
  { argv, syntax }: Extract<ClientRequest, { type: 'command' }>,
  { limits, machine, underWay }: Surroundings,
): Request {
  const sizes = sizesOf(command, words, machine);
  const tooMuch = sizesError(machine, sizes, limits, underWay);
  if (tooMuch !== null) return refused(syntax, tooMuch);
  const named = argv[0] === command.name ? argv : [command.name, ...argv.slice(1)];
  const bytes = encodeCommand(named);
  const copies = command.copies?.(words) === true;
  const stored = copies ? storedBytes(words.text(1), machine) : 0;
  const copied = copies ? Math.max(stored, underWay.longest) : 0;
  const load = loadOf({ copies: copies ? 1 : 0, copied, stored, sizes }, bytes.length, machine);
  return { type: 'write', command, words, bytes, load, answered: copied, syntax };
}

/** Of the value that is there; 0 where none is. */
export function storedBytes(key: string, machine: StateMachine): number {
  return machine.get(key)?.valueBytes ?? 0;
}

/** Of a write, or of all those in a transaction. */
export interface Copying extends Pick<WriteLoad, 'copies' | 'copied'> {
  /** Length of the longest of the values to be copied that are stored already: it may come to be another key's. */
  readonly stored: number;
  readonly sizes: Sizes;
}

/** `ownBytes`: of the write in the log. */
export function loadOf({ copies, copied, stored, sizes }: Copying, ownBytes: number, machine: StateMachine): WriteLoad {
  let longest = stored;
  let all = 0;
  for (const [key, bytes] of sizes) {
    if (bytes > longest) longest = bytes;
    all += entryBytes(key.length, bytes);
  }
  if (longest < LONG_VALUE) longest = 0;
  const brought = ownBytes + UNCOUNTED_GROWTH;
  const growth = all > brought ? Math.max(0, growthOf(sizes, machine) - brought) : 0;
  return copies === 0 && longest === 0 && growth === 0 ? LIGHT : { copies, copied, longest, growth };
}

/** By how many bytes what is stored would grow. */
function growthOf(sizes: Sizes, machine: StateMachine): number {
  let more = 0;
  for (const [key, bytes] of sizes) {
    const old = machine.get(key);
    more += old === undefined ? entryBytes(key.length, bytes) : Math.max(0, bytes - old.valueBytes);
  }
  return more;
}

/** Keys, with the lengths of the values that the write would give them. */
export function sizesOf(command: WriteCommand, words: Words, machine: StateMachine): Sizes {
  if (command.value === undefined) return command.sizes?.(machine, words) ?? [];
  return [[words.text(1), words.text(command.value).length]];
}

/**
 * The limit on data is kept here, against what this replica has applied and what is under way at it, and not at apply:
 * there a replica with another limit would become another store. What is under way elsewhere may go beyond it, and what is
 * under way here by its own bytes. What makes no key larger passes.
 */
export function sizesError(
  machine: StateMachine,
  sizes: Sizes,
  { valueBytes, dataBytes }: Limits,
  underWay: UnderWay,
): ErrorReply | null {
  let asNew = 0;
  for (const [key, bytes] of sizes) {
    if (bytes > valueBytes) return valueTooLarge(bytes, valueBytes);
    asNew += entryBytes(key.length, bytes);
  }
  // Far from the limit, which is nearly always, no key need be looked up.
  const foreseen = machine.bytes + underWay.growth;
  if (foreseen + asNew <= dataBytes) return null;
  const more = growthOf(sizes, machine);
  return more > 0 && foreseen + more > dataBytes ? storeFull(dataBytes) : null;
}

function keysError(places: KeyPlaces, argv: readonly string[], limits: Limits): Reply | null {
  const { first, step } = places;
  if (step === 0) return null;
  const keys = countKeys(places, argv.length);
  if (keys > KEYS_PER_COMMAND) return tooManyKeys(keys, KEYS_PER_COMMAND);
  for (let i = first, left = keys; left > 0; i += step, left--) {
    const length = argv[i]?.length ?? 0;
    if (length === 0 || length > limits.keyBytes) return badKey(length, limits.keyBytes);
  }
  return null;
}

/** How many of so many words are keys. */
export function countKeys({ first, last, step }: KeyPlaces, words: number): number {
  return step === 0 ? 0 : Math.ceil(((last === -1 ? words - 1 : last) - first + 1) / step);
}

function refused(syntax: Syntax, reply: Reply): Request {
  return { type: 'refused', reply, syntax };
}
