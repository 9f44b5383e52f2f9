/**
 * What a command is, as the one table of commands (command-table.ts) lists it: how it is called, how many words it takes, what
 * a person reads about it in HELP, and what it does. Writes run at apply, on every replica alike; reads are evaluated where the
 * client is; local commands are about the connection or the cluster and are carried out by the client port.
 */

import type { Revision } from '../base/ids.js';
import type { Reply } from '../wire/reply.js';
import type { Entry } from './record.js';
import type { Writer } from './writer.js';

/** The words of a command, its name being word 0; latin1. */
export interface Words {
  readonly words: number;
  text(index: number): string;
}

/** What a read may see. */
export interface Reader {
  readonly keys: number;
  readonly revision: Revision;
  get(key: string): Entry | undefined;
}

export type Group = 'the three' | 'keys' | 'cluster' | 'connection' | 'for Redis clients';

interface Described {
  /** Upper case; the name under which it travels. */
  readonly name: string;
  readonly aliases: readonly string[];
  /** Words, the name included. */
  readonly minWords: number;
  readonly maxWords: number;
  /** `PUT key value`, for HELP and for the error of a wrong number of words. */
  readonly usage: string;
  /** One line for HELP, without a full stop. */
  readonly summary: string;
  readonly group: Group;
}

export interface WriteCommand extends Described {
  readonly kind: 'write';
  /** The words that are keys: from word 1 on, this many. */
  readonly keys: 'one' | 'all';
  /** The word that is the value, 0 when there is none: then it cannot make the store larger. */
  readonly value: number;
  execute(writer: Writer, words: Words): Reply;
}

export interface ReadCommand extends Described {
  readonly kind: 'read';
  readonly keys: 'none' | 'one' | 'all';
  evaluate(reader: Reader, words: Words): Reply;
}

/** Carried out by the client port, which must have a handler for every name. */
export type LocalName =
  | 'AUTH'
  | 'BACKUP'
  | 'CLIENT'
  | 'COMMAND'
  | 'CONFIG'
  | 'DRAIN'
  | 'ECHO'
  | 'HELLO'
  | 'HELP'
  | 'INFO'
  | 'PING'
  | 'QUIT'
  | 'READONLY'
  | 'READWRITE'
  | 'RESET'
  | 'ROLE'
  | 'SELECT'
  | 'SENTINEL'
  | 'STATUS'
  | 'WAIT'
  | 'WHO';

export interface LocalCommand extends Described {
  readonly kind: 'local';
  readonly name: LocalName;
}

export type Command = WriteCommand | ReadCommand | LocalCommand;
