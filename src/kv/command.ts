/**
 * What a command is, as the one table of commands (command-table.ts) lists it: how it is called, how many words it takes, what
 * a person reads about it in HELP, and what it does. Writes run at apply, on every replica alike; reads are evaluated where the
 * client is; local commands are about the connection or the cluster and are carried out by the client port.
 */

import type { Revision } from '../base/ids.js';
import type { Reply } from '../wire/reply.js';
import type { ChangeLog } from './change-log.js';
import type { LoggedWords } from './logged-words.js';
import type { Meter } from './meter.js';
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
  /** Milliseconds since 1970: that of the log, or of who asks, as far as it runs with the leader's. */
  readonly time: number;
  get(key: string): Entry | undefined;
  /** In the order of the keys, from the first that is not below `low`. Not to be held over a change. */
  entriesFrom(low: string): Iterable<readonly [string, Entry]>;
  /** The keys of one place, which are few, and the next place; 0 is the first, and comes behind the last. Places bear changes. */
  scan(place: number, take: (key: string) => void): number;
  /** 32 bits, others at each call and at each replica. */
  dice(): number;
}

/** A read under way that looks through the store, in steps that hold nobody up; between two of them the store may change. */
export interface Walk {
  /** Of what was found so far. */
  readonly bytes: number;
  /** Goes on; null when that was not the last step. The meter is told what this step looks at. */
  step(reader: Reader, meter: Meter): Reply | null;
}

export type Group =
  | 'the three'
  | 'strings'
  | 'compare'
  | 'keys'
  | 'expiry'
  | 'ordered'
  | 'transactions'
  | 'changes'
  | 'cluster'
  | 'connection'
  | 'for Redis clients';

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

/** The words that are keys: from `first` on every `step`th, up to `last`, which is -1 for the last word; `step` 0 for none. */
export interface KeyPlaces {
  readonly first: number;
  readonly last: number;
  readonly step: number;
}

export const NO_KEYS: KeyPlaces = { first: 0, last: 0, step: 0 };
export const ONE_KEY: KeyPlaces = { first: 1, last: 1, step: 1 };
export const ALL_KEYS: KeyPlaces = { first: 1, last: -1, step: 1 };

export interface WriteCommand extends Described {
  readonly kind: 'write';
  readonly keys: KeyPlaces;
  /** What is wrong with the words whatever is stored: such a command is not executed. */
  check?(words: Words): Reply | null;
  /** The word that is the value of the first key, for the limits on values and data. */
  readonly value?: number;
  /** The same for a command that is not so simple: keys, and the lengths of the values they would have. */
  sizes?(reader: Reader, words: Words): readonly (readonly [key: string, bytes: number])[];
  /** Executing it copies, tells or answers what the first key holds: that costs as much as the value is long. */
  copies?(words: Words): boolean;
  execute(writer: Writer, words: LoggedWords): Reply;
}

export interface ReadCommand extends Described {
  readonly kind: 'read';
  readonly keys: KeyPlaces;
  check?(words: Words): Reply | null;
  /** It may look at as much as a step can bear to answer next to nothing. */
  readonly looks?: true;
  /** In one step that holds nobody up. The meter, which has begun, is told what it looks at besides its keys. */
  evaluate(reader: Reader, words: Words, meter: Meter): Reply;
  /** For whoever can wait, where there may be more to look at than one step can bear. */
  walk?(words: Words): Walk;
}

/** What a command that waits for changes may see. */
export interface ChangeReader {
  readonly revision: Revision;
  readonly changes: Pick<ChangeLog, 'since' | 'after'>;
}

/** A read that may have nothing to tell yet, and then looks again when something has changed. */
export interface VigilCommand extends Described {
  readonly kind: 'vigil';
  readonly keys: KeyPlaces;
  check?(words: Words): Reply | null;
  /** `lags`: what it sees may be older than what its client has seen elsewhere. */
  begin(words: Words, lags: boolean): Vigil;
}

/** One such read. */
export interface Vigil {
  /** How long it may have nothing to tell. */
  readonly patienceMs: number;
  /** What there is to tell; null when that is nothing. */
  look(reader: ChangeReader): Reply | null;
  /** Its reply when there was nothing to tell all the time. */
  giveUp(): Reply;
  /** What the last `look` was worth, in words of requests. */
  readonly work: number;
}

/** Carried out by the client port, which must have a handler for every name. */
export type LocalName =
  | 'AUTH'
  | 'BACKUP'
  | 'CLIENT'
  | 'COMMAND'
  | 'CONFIG'
  | 'DISCARD'
  | 'DRAIN'
  | 'ECHO'
  | 'FOLLOW'
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
  | 'TIME'
  | 'UNWATCH'
  | 'WAIT'
  | 'WHO';

export interface LocalCommand extends Described {
  readonly kind: 'local';
  readonly name: LocalName;
}

/** About the transaction of a connection (node/clients/transaction.ts). */
export interface ControlCommand extends Described {
  readonly kind: 'control';
  readonly name: 'MULTI' | 'EXEC' | 'WATCH';
  readonly keys: KeyPlaces;
}

/** Before a write (commands/once.ts). */
export interface OnceCommand extends Described {
  readonly kind: 'once';
}

export type Command = WriteCommand | ReadCommand | VigilCommand | LocalCommand | ControlCommand | OnceCommand;
