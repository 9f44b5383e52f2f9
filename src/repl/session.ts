/**
 * A conversation with a cluster, a line at a time, wherever the lines come from and whoever sees the replies. It decides what
 * may be sent and in which manner, and keeps what belongs to the connection: transactions, and READONLY.
 */

import { unreachable } from '../base/assert.js';
import { CodedError, messageOf } from '../base/errors.js';
import { findCommand } from '../kv/command-table.js';
import { inlineHint } from '../wire/inline.js';
import type { Reply } from '../wire/reply.js';
import { addressesIn, firstMistake } from './addresses.js';
import { Caller, type Manner, type Patience } from './caller.js';
import { Follower } from './follower.js';
import { Link, Unreachable } from './link.js';
import { findOwn, type OwnName, ownHelp } from './own-commands.js';
import { execReplyOf } from './received.js';
import type { Screen } from './screen.js';
import { Transaction } from './transaction.js';
import { readLine } from './typed-line.js';

const STATUS = ['STATUS', 'JSON'];

/** Of what nobody stops. */
const NEVER = new AbortController().signal;

/** `failed`: an error reply, or none. */
export type Outcome = 'done' | 'failed' | 'quit';

export class Session {
  readonly #screen: Screen;
  readonly #patience: Patience;
  #link: Link;
  readonly #transaction = new Transaction();
  #caller: Caller;
  #showsTime = false;

  constructor(addresses: readonly string[], screen: Screen, patience: Patience) {
    this.#screen = screen;
    this.#patience = patience;
    this.#link = this.#newLink(addresses);
    this.#caller = this.#newCaller(this.#link);
  }

  get transaction(): Transaction {
    return this.#transaction;
  }

  /** `line` is latin1. Giving up by `signal` ends what the line began. Never rejects for what a person typed or a replica did. */
  async execute(line: string, signal: AbortSignal): Promise<Outcome> {
    const typed = readLine(line);
    const began = performance.now();
    switch (typed.type) {
      case 'empty':
        return 'done';
      case 'refused':
        return this.#show(typed.reply);
      case 'own':
        return this.#own(typed.name, typed.words, signal);
      case 'command': {
        const { name } = typed;
        if (name === 'QUIT' || name === 'EXIT') return 'quit';
        const outcome = await this.#guarded(() => this.#command(name, typed.argv, signal));
        if (this.#showsTime) this.#screen.notice(`${(performance.now() - began).toFixed(1)} ms`);
        return outcome;
      }
      default:
        return unreachable(typed);
    }
  }

  /** Asks without showing anything; null while that would disturb a transaction, and when nobody answers. */
  async ask(argv: readonly string[]): Promise<Reply | null> {
    try {
      // Sent a second time by `again`, it might get into a transaction that has begun meanwhile.
      for (let tries = 2; tries > 0 && this.#transaction.queued === null; tries--) {
        const reply = await this.#caller.call(argv, 'single', NEVER);
        if (!isUncertain(reply)) return reply;
      }
      return null;
    } catch (error) {
      if (error instanceof Unreachable) return null;
      throw error;
    }
  }

  /** Says where it is, and learns where the other replicas are. */
  greet(signal: AbortSignal): Promise<Outcome> {
    return this.#guarded<Outcome>(async () => {
      this.#arrived(await this.#caller.call(STATUS, 'again', signal));
      return 'done';
    });
  }

  #arrived(status: Reply): void {
    const [first] = this.#link.addresses;
    this.#screen.notice(`connected to ${first}`);
    this.#link.learn(addressesIn(status));
  }

  close(): void {
    this.#link.close();
  }

  async #command(name: string, argv: readonly string[], signal: AbortSignal): Promise<Outcome> {
    const held = this.#transaction.gate(name);
    if (held !== null) return this.#show(held);
    if (name === 'FOLLOW' && this.#transaction.queued === null) return this.#follow(argv, signal);
    const mayMove = this.#transaction.mayMove(name);
    const sent = name === 'EXEC' ? this.#exec(argv, signal) : this.#caller.call(argv, mannerOf(name, mayMove), signal);
    let reply = await sent;
    // Whatever EXEC was not reached for is surely not executed.
    if (!mayMove && name !== 'EXEC' && isUncertain(reply)) reply = this.#transaction.gate(name) ?? reply;
    this.#transaction.took(name, reply);
    this.#remember(name, reply);
    if (name === 'EXEC' && reply.type === 'none')
      this.#screen.notice('a watched key was changed; nothing was executed');
    return this.#show(explained(reply, name, argv));
  }

  #exec(argv: readonly string[], signal: AbortSignal): Promise<Reply> {
    const { names } = this.#transaction;
    return this.#caller.call(argv, 'single', signal, (received) => execReplyOf(received, names));
  }

  /** What the next connection has to be told, or must not hear of. */
  #remember(name: string, reply: Reply): void {
    if (name === 'RESET' || name === 'HELLO') {
      // Whatever protocol was chosen, this client speaks its own.
      this.#link.greeting = [];
      this.#link.drop();
    }
    if (reply.type !== 'status' || reply.text !== 'OK') return;
    if (name === 'READONLY') this.#link.greeting = [['READONLY']];
    if (name === 'READWRITE') this.#link.greeting = [];
  }

  async #follow(argv: readonly string[], signal: AbortSignal): Promise<Outcome> {
    const [, prefix, option, from] = argv;
    const isPlain = prefix !== undefined && (argv.length === 2 || (argv.length === 4 && /^from$/i.test(option ?? '')));
    if (!isPlain || (from !== undefined && !/^\d{1,15}$/.test(from)))
      return this.#show({ type: 'error', code: 'ERR', text: 'usage: FOLLOW prefix [FROM revision]' });
    const link = new Link(this.#link.addresses, {
      moved: (address) => this.#screen.notice(`following at ${address}`),
      lost: () => {},
    });
    link.greeting = this.#link.greeting;
    const follower = new Follower(link, prefix, {
      change: (change) => this.#screen.change(change),
      pair: (key, value) => this.#screen.pair(key, value),
      mark: (text) => this.#screen.mark(text),
      idle: (revision) => this.#screen.idle(revision),
      trouble: (text) => this.#screen.notice(text),
    });
    try {
      const error = await follower.run(from === undefined ? null : Number(from), signal);
      return error === null ? 'done' : this.#show(error);
    } finally {
      link.drop();
    }
  }

  async #own(name: string, words: readonly string[], signal: AbortSignal): Promise<Outcome> {
    const command = findOwn(name);
    if (command === undefined) return this.complain(`there is no ${name}; .help lists what there is`);
    const outcome = await this.#guarded(async () => this.#runOwn(command.name, words, signal));
    return outcome ?? this.complain(`usage: ${command.usage}`);
  }

  /** Null when the words do not fit. */
  #runOwn(name: OwnName, words: readonly string[], signal: AbortSignal): Outcome | Promise<Outcome> | null {
    switch (name) {
      case '.help':
        this.#screen.help(ownHelp());
        return 'done';
      case '.quit':
        return 'quit';
      case '.timing':
        if (words[0] !== 'on' && words[0] !== 'off') return null;
        this.#showsTime = words[0] === 'on';
        return 'done';
      case '.connect': {
        if (words.length === 0) return null;
        const mistake = firstMistake(words);
        return mistake === null ? this.#connect(words, signal) : this.complain(mistake);
      }
      default:
        return unreachable(name);
    }
  }

  /** The connection there is is given up only when a replica there has answered. */
  async #connect(addresses: readonly string[], signal: AbortSignal): Promise<Outcome> {
    const former = this.#link;
    const link = this.#newLink(addresses);
    const caller = this.#newCaller(link);
    const status = await this.#guarded(() => caller.call(STATUS, 'again', signal));
    if (status === 'failed' || status.type === 'error') {
      link.close();
      if (status !== 'failed') this.#show(status);
      if (former.connectedTo !== null) this.#screen.notice(`still at ${former.connectedTo}`);
      return 'failed';
    }
    former.close();
    this.#transaction.lost();
    this.#link = link;
    this.#caller = caller;
    this.#arrived(status);
    return 'done';
  }

  #newLink(addresses: readonly string[]): Link {
    const link: Link = new Link(addresses, {
      moved: (address) => this.#screen.notice(`now at ${address}`),
      lost: () => {
        if (link === this.#link) this.#transaction.lost();
      },
    });
    return link;
  }

  #newCaller(link: Link): Caller {
    return new Caller(link, this.#patience, (why) => this.#screen.notice(why));
  }

  async #guarded<T>(act: () => Promise<T>): Promise<T | 'failed'> {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof Unreachable || error instanceof CodedError)) throw error;
      return this.complain(messageOf(error));
    }
  }

  #show(reply: Reply): Outcome {
    this.#screen.reply(reply);
    return reply.type === 'error' ? 'failed' : 'done';
  }

  /** Something went wrong that no reply tells. */
  complain(text: string): 'failed' {
    this.#screen.complaint(text);
    return 'failed';
  }
}

function mannerOf(name: string, mayMove: boolean): Manner {
  const command = findCommand(name);
  // What is not in the table may be a write of a newer replica.
  if (!mayMove || command === undefined) return 'single';
  return name === 'ONCE' || command.kind === 'write' ? 'once' : 'again';
}

function isUncertain(reply: Reply): boolean {
  return reply.type === 'error' && reply.code === 'UNCERTAIN';
}

/** Replicas tell clients of Redis in Redis' words what is wrong; a person is told how it is written. */
function explained(reply: Reply, name: string, argv: readonly string[]): Reply {
  const command = findCommand(name);
  if (command === undefined || reply.type !== 'error' || !/^(wrong number of arguments|syntax error)/.test(reply.text))
    return reply;
  const usage = reply.text.includes('usage: ') ? '' : `; usage: ${command.usage}`;
  return { ...reply, text: `${reply.text}${inlineHint(argv)}${usage}` };
}
