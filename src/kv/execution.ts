/**
 * Executes commands of the log, each under one revision: a write, one that is to be done once, or a transaction, in which
 * there may be reads, too. What they come to goes into the running digest; a read in a transaction changes nothing, so it
 * is evaluated only where somebody waits for it.
 */

import { InvariantViolation } from '../base/assert.js';
import type { CommandCursor } from '../wire/command.js';
import type { Reply } from '../wire/reply.js';
import type { ReadCommand, Reader, Words } from './command.js';
import { findRead, findWrite } from './command-table.js';
import type { LoggedWords } from './logged-words.js';
import { Meter } from './meter.js';
import { ONCE, ONCE_WORDS, onceMarkOf } from './once-mark.js';
import type { OnceTable } from './once-table.js';
import { PartOfWords } from './part-of-words.js';
import {
  bytesIn,
  NO_LIST,
  NONE,
  REPLY_OVERHEAD_BYTES,
  repliesTooLarge,
  replyLeftOut,
  tooLate,
  tooManyIds,
} from './replies.js';
import type { RunningDigest } from './running-digest.js';
import { commandsIn, isAsWatched, TRANSACTION } from './transaction.js';
import type { Writer } from './writer.js';

/**
 * With more in the replies of one transaction, further reads in it are left out. A pair that was looked at in vain counts
 * like one that was told.
 */
export const TRANSACTION_REPLY_BYTES = 4 * 1024 * 1024;

/**
 * With more, replies of further writes are. Before it is in the log a transaction is measured by what it would copy
 * (transaction-size.ts in the room above), so this is only for values that grew meanwhile.
 */
export const TRANSACTION_WRITE_REPLY_BYTES = 32 * 1024 * 1024;

const DONE: Reply = { type: 'list', items: [] };

export class Execution {
  readonly #writer: Writer;
  readonly #reader: Reader;
  readonly #digest: RunningDigest;
  readonly #once: OnceTable;
  readonly #meter = new Meter();

  constructor(writer: Writer, reader: Reader, digest: RunningDigest, once: OnceTable) {
    this.#writer = writer;
    this.#reader = reader;
    this.#digest = digest;
    this.#once = once;
  }

  /** The reply to a transaction is good only where `isAnswered`: where somebody waits for it. */
  run(words: CommandCursor, isAnswered: boolean): Reply {
    const name = words.name();
    const reply =
      name === TRANSACTION
        ? this.#transaction(words, isAnswered)
        : name === ONCE
          ? this.#onlyOnce(words)
          : this.#write(name, words);
    this.#writer.finish();
    return reply;
  }

  #onlyOnce(words: CommandCursor): Reply {
    const { id, place, command } = onceMarkOf(words);
    const done = this.#once.answerTo(id, command) ?? this.#refusal(id, place);
    if (done !== null) {
      this.#digest.reply(done);
      return done;
    }
    const part = new PartOfWords(words);
    part.move(ONCE_WORDS, words.words - ONCE_WORDS);
    const reply = this.#write(part.text(0), part);
    this.#once.keep(id, command, reply);
    return reply;
  }

  #refusal(id: string, place: number): Reply | null {
    if (this.#once.isLate(id, place)) return tooLate();
    return this.#once.makeRoom(id) ? null : tooManyIds();
  }

  #transaction(words: CommandCursor, isAnswered: boolean): Reply {
    if (!isAsWatched((key) => this.#writer.get(key), words)) {
      this.#digest.reply(NO_LIST);
      return NO_LIST;
    }
    const items: Reply[] = [];
    let bytes = 0;
    for (const command of commandsIn(words)) {
      const name = command.text(0);
      const read = findRead(name);
      this.#meter.begin();
      const reply =
        read === undefined
          ? this.#writeWithin(name, command, bytes)
          : isAnswered
            ? this.#read(read, command, bytes)
            : NONE;
      if (!isAnswered) continue;
      bytes += Math.max(bytesIn(reply), REPLY_OVERHEAD_BYTES * this.#meter.work);
      items.push(reply);
    }
    this.#digest.reply(DONE);
    return { type: 'list', items };
  }

  #write(name: string, words: LoggedWords): Reply {
    // A replica that skipped a command it does not know would silently differ from the others: it has to stop.
    const reply = (findWrite(name) ?? unknown(name)).execute(this.#writer, words);
    this.#digest.reply(reply);
    return reply;
  }

  /** `bytes`: in the replies before it; those of `#read`, too. */
  #writeWithin(name: string, words: LoggedWords, bytes: number): Reply {
    const reply = this.#write(name, words);
    return bytes > TRANSACTION_WRITE_REPLY_BYTES ? replyLeftOut(TRANSACTION_WRITE_REPLY_BYTES) : reply;
  }

  #read(command: ReadCommand, words: Words, bytes: number): Reply {
    return bytes > TRANSACTION_REPLY_BYTES
      ? repliesTooLarge(TRANSACTION_REPLY_BYTES)
      : command.evaluate(this.#reader, words, this.#meter);
  }
}

function unknown(name: string): never {
  throw new InvariantViolation(`the cluster decided a command '${name}' that this version does not know`);
}
