/**
 * Every error that the client port answers: a code word that programs go by, and one sentence that says what was wrong, what was
 * done about it and what to do. Errors of the syntax itself are wire/inline.ts's.
 */

import type { ReplicaName, Revision } from '../../base/ids.js';
import type { Command } from '../../kv/command.js';
import { nearestCommand } from '../../kv/command-table.js';
import { wrongNumberOfWords } from '../../kv/replies.js';
import type { Syntax } from '../../wire/client-request.js';
import { inlineHint } from '../../wire/inline.js';
import { excerpt } from '../../wire/quote.js';
import type { Reply } from '../../wire/reply.js';
import type { ReadOutcome, WriteOutcome } from '../service.js';

export type ErrorReply = Extract<Reply, { type: 'error' }>;

/** What a client typed, as far as it is shown again. */
const SHOWN = 40;

export function error(code: string, text: string): ErrorReply {
  return { type: 'error', code, text };
}

export function unknownCommand(typed: string): ErrorReply {
  const nearest = nearestCommand(typed.toUpperCase());
  const hint = nearest === undefined ? '' : `did you mean ${nearest}? `;
  return error('ERR', `unknown command '${excerpt(typed, SHOWN)}'; ${hint}type HELP`);
}

/** Redis' own text for its clients, some of which look for it. */
export function wrongWords(command: Command, argv: readonly string[], syntax: Syntax): Reply {
  if (syntax === 'resp') return wrongNumberOfWords(excerpt(argv[0] ?? '', SHOWN).toLowerCase());
  const name = excerpt(argv[0] ?? command.name, SHOWN).toUpperCase();
  const text = `wrong number of arguments for '${name}'${inlineHint(argv)}; not executed; usage: ${command.usage}`;
  return error('ERR', text);
}

export function unknownSubcommand(command: string, typed: string): ErrorReply {
  return error(
    'ERR',
    `unknown subcommand or wrong number of arguments for '${excerpt(typed, SHOWN)}'. Try HELP ${command}.`,
  );
}

export function settingsAreOptions(): ErrorReply {
  return error('ERR', 'settings are options of the start, and are not changed while a replica runs');
}

/** For a person: how the command is written, where its check found only that it is written wrong. */
export function explained(reply: Reply, command: Command, argv: readonly string[]): Reply {
  if (reply.type !== 'error') return reply;
  if (reply.text.startsWith('wrong number of arguments')) return wrongWords(command, argv, 'inline');
  if (reply.text !== 'syntax error') return reply;
  return error(reply.code, `syntax error${inlineHint(argv)}; not executed; usage: ${command.usage}`);
}

/** The words are right in number and wrong in kind. */
export function wrongUse(command: Command): ErrorReply {
  return error('ERR', `syntax error; not executed; usage: ${command.usage}`);
}

export function badKey(bytes: number, limit: number): ErrorReply {
  if (bytes === 0) return error('ERR', `the key is empty; not executed; a key has 1 to ${limit} bytes`);
  return error('TOOLARGE', `the key has ${bytes} bytes; not executed; a key has 1 to ${limit} bytes`);
}

export function valueTooLarge(bytes: number, limit: number): ErrorReply {
  return error('TOOLARGE', `the value has ${bytes} bytes; not executed; a value has up to ${limit} bytes`);
}

export function tooManyKeys(keys: number, limit: number): ErrorReply {
  return error('TOOLARGE', `${keys} keys in one command; not executed; name up to ${limit} at a time`);
}

export function tooManyWords(words: number, limit: number): ErrorReply {
  return error('TOOLARGE', `${words} words in one command; not executed; give up to ${limit}`);
}

/** `bytes`: of what a client calls itself, or its library. */
export function nameTooLong(bytes: number, limit: number): ErrorReply {
  return error('TOOLARGE', `the name has ${bytes} bytes; not set; a name has up to ${limit} bytes`);
}

export function badId(bytes: number, limit: number): ErrorReply {
  return error('ERR', `the id has ${bytes} bytes; not executed; an id has 1 to ${limit} bytes`);
}

export function onlyWrites(typed: string): ErrorReply {
  return error('ERR', `${excerpt(typed, SHOWN).toUpperCase()} is for a command that writes; not executed`);
}

/** Texts of Redis 7, which some clients look for. */
export function notNested(): ErrorReply {
  return error('ERR', 'MULTI calls can not be nested');
}

export function watchInside(): ErrorReply {
  return error('ERR', 'WATCH inside MULTI is not allowed');
}

/** `name`: EXEC or DISCARD. */
export function withoutMulti(name: string): ErrorReply {
  return error('ERR', `${name} without MULTI`);
}

export function notInside(): ErrorReply {
  return error('ERR', 'Command not allowed inside a transaction');
}

export function discarded(): ErrorReply {
  return error('EXECABORT', 'Transaction discarded because of previous errors.');
}

/** `because`: what was wrong with it as a whole. */
export function discardedBecause({ code, text }: ErrorReply): ErrorReply {
  return error('EXECABORT', `Transaction discarded because of: ${code} ${text}`);
}

export function transactionTooLarge(bytes: number): ErrorReply {
  return error('TOOLARGE', `a transaction has up to ${bytes} bytes of commands; not queued; EXEC will not execute it`);
}

export function transactionTooLong(words: number): ErrorReply {
  return error('TOOLARGE', `a transaction has up to ${words} words; not queued; EXEC will not execute it`);
}

export function tooManyWatched(limit: number): ErrorReply {
  return error('TOOLARGE', `${limit} keys are watched by one connection at most; not watched; EXEC will not execute`);
}

export function replyOfNoRoom(): ErrorReply {
  return error('TOOLARGE', 'executed; its reply is left out: clients of this replica hold too much memory');
}

export function copiesTooMuch(bytes: number, limit: number): ErrorReply {
  return error('TOOLARGE', `it copies values of ${bytes} bytes; not executed; a transaction copies up to ${limit}`);
}

export function storeFull(limit: number): ErrorReply {
  return error('BUSY', `the store holds its limit of ${limit} bytes; not executed; delete keys or raise --data-bytes`);
}

export function tooManyConnections(limit: number): ErrorReply {
  return error('BUSY', `all ${limit} connections of this replica are taken; not connected; try another or later`);
}

export function memoryExhausted(): ErrorReply {
  return error('BUSY', 'unfinished requests of all clients fill the memory for them; not executed, closing; try later');
}

export function toldWhileStreaming(): ErrorReply {
  return error('BUSY', 'too many requests behind FOLLOW or BACKUP, which takes none; not executed, closing');
}

export function unknownReplica(name: string, names: readonly ReplicaName[]): ErrorReply {
  return error(
    'ERR',
    `no replica is named '${excerpt(name, SHOWN)}'; nothing was changed; there are ${names.join(', ')}`,
  );
}

/** `address` is where the other replica serves clients, null when it has not told. */
export function drainElsewhere(name: ReplicaName, address: string | null): ErrorReply {
  const where = address === null ? 'connect to it' : `connect to ${address}`;
  return error('ERR', `DRAIN is for the replica one is connected to; nothing was changed; ${where} to drain ${name}`);
}

export function backupInResp(): ErrorReply {
  return error(
    'ERR',
    'BACKUP sends the bytes of a file; not begun; use `synod backup FILE --from host:port`, or ask for it inline',
  );
}

export function followInResp(): ErrorReply {
  return error('ERR', 'FOLLOW sends lines without end; not begun; ask for it inline, or use CHANGES ... BLOCK');
}

export function tooManyBackups(limit: number): ErrorReply {
  return error('BUSY', `${limit} backups of this replica are under way; not begun; try another or later`);
}

/** `why`: one clause. */
export function noBackup(why: string): ErrorReply {
  return error('BUSY', `${why}; no backup was begun; try another replica or later`);
}

/** `at`: everything up to there was sent. */
export function tooSlowToFollow(at: Revision): ErrorReply {
  return error('BUSY', `too much has changed since you took a line; this ends here; FOLLOW again FROM ${at}`);
}

export function followEnds(at: Revision): ErrorReply {
  return error('BUSY', `this connection ends; FOLLOW again FROM ${at}, here or elsewhere`);
}

/** What a write's end that is not a reply is called. `seconds`: the request timeout. */
export function writeRefused(outcome: Exclude<WriteOutcome, { type: 'applied' }>, seconds: number): ErrorReply {
  if (outcome.type === 'uncertain') {
    const text = 'it may be executed now, later or never; read before trying again';
    return error('UNCERTAIN', `handed to a leader but not confirmed by a majority within ${seconds} s; ${text}`);
  }
  if (outcome.type === 'executed') return error('UNCERTAIN', 'executed; its reply is lost; read what it did');
  return outcome.type === 'busy' ? error('BUSY', outcome.why) : noQuorum(seconds);
}

export function readRefused(outcome: Exclude<ReadOutcome, { type: 'ready' }>, seconds: number): ErrorReply {
  return outcome.type === 'busy' ? error('BUSY', outcome.why) : noQuorum(seconds);
}

function noQuorum(seconds: number): ErrorReply {
  const text = 'not executed; STATUS shows who is missing, READONLY lets you read what this replica has';
  return error('NOQUORUM', `no leader with a majority was found within ${seconds} s; ${text}`);
}
