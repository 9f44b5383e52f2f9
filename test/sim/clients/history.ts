/**
 * What clients did and were told, with the true times of call and answer: the evidence for linearizability. An operation of
 * unknown outcome never ends; one that was refused never was.
 */

import { Violation } from '../checks/violation.js';

export type Kind = 'put' | 'get' | 'delete' | 'exists';

/** How long what a put writes is to be there: for ever, as long as what was there before it, or so many milliseconds. */
export type Lifetime = 'ever' | 'kept' | number;

/** Null stands for a key that is not there. */
export interface Operation {
  readonly id: number;
  readonly client: string;
  /** `expiry`: what the put with the same token wrote goes by itself, at some time or never. */
  readonly kind: Kind | 'expiry';
  readonly key: string;
  /** By which a write is known in the log, and which a put writes; '' for reads. */
  readonly token: string;
  readonly called: number;
  /** Infinity while the outcome is unknown. */
  returned: number;
  /** What a get found; how many keys a delete or an exists counted. */
  output: string | number | null;
  /** The operation on the same key that this connection asked for before, whose answer was not there yet; -1 for none. */
  readonly after: number;
  /** Before which moment, and after which, it must have taken effect, as far as the log shows; for the checker's first try. */
  hint: number;
}

const UNKNOWN = Number.POSITIVE_INFINITY;

export class History {
  readonly #byKey = new Map<string, Set<Operation>>();
  /** Keys of which there are parts of transactions. */
  readonly #atomic = new Set<string>();
  #count = 0;
  answered = 0;
  /** By the token of the put that may bring them. */
  readonly #expiries = new Map<string, Operation>();
  /** Operations that were refused, or of which nothing is known, in the order in which that turned out. */
  readonly #failed: { readonly id: number; readonly what: string }[] = [];

  get keys(): IterableIterator<string> {
    return this.#byKey.keys();
  }

  get count(): number {
    return this.#count;
  }

  of(key: string): readonly Operation[] {
    return [...(this.#byKey.get(key) ?? [])];
  }

  begin(operation: Pick<Operation, 'client' | 'kind' | 'key' | 'token' | 'called' | 'after'>): Operation {
    const { client, kind, key, token, called, after } = operation;
    const id = this.#count++;
    const begun: Operation = { id, client, kind, key, token, called, returned: UNKNOWN, output: null, after, hint: -1 };
    const others = this.#byKey.get(key);
    if (others === undefined) this.#byKey.set(key, new Set([begun]));
    else others.add(begun);
    return begun;
  }

  /** What the put writes may go by itself: an operation that nobody asks for, and of which nobody tells when it happens. */
  expires({ id: after, client, key, token, called }: Operation): void {
    this.#expiries.set(token, this.begin({ client, kind: 'expiry', key, token, called, after }));
  }

  /** It went. */
  expired(token: string, at: number): void {
    const expiry = this.#expiries.get(token);
    if (expiry === undefined) throw new Violation('nothing goes for no reason', `${token} was to stay, and went`);
    expiry.hint = at;
  }

  /** It is a part of a transaction: it took effect when the log says so, as all the others did. */
  atomic({ key }: Operation): void {
    this.#atomic.add(key);
  }

  isAtomic(key: string): boolean {
    return this.#atomic.has(key);
  }

  end(operation: Operation, output: Operation['output'], at: number): void {
    operation.output = output;
    operation.returned = at;
    this.answered++;
  }

  /** It may take effect now, later or never; a read of which nothing is known says nothing. */
  lose(operation: Operation): void {
    this.#failed.push({
      id: operation.id,
      what: `${operation.kind} ${operation.key} of ${operation.client} was not answered`,
    });
    this.leaveOpen(operation);
  }

  /** As `lose`, where the client was told that it was executed and not what came of it: that is an answer. */
  leaveOpen(operation: Operation): void {
    if (operation.kind === 'get' || operation.kind === 'exists') this.#remove(operation);
  }

  /** It was not executed, for certain. */
  refuse(operation: Operation): void {
    this.#failed.push({
      id: operation.id,
      what: `${operation.kind} ${operation.key} of ${operation.client} was refused`,
    });
    this.#remove(operation);
    const expiry = operation.kind === 'put' ? this.#expiries.get(operation.token) : undefined;
    if (expiry !== undefined) this.#remove(expiry);
  }

  /** It was not executed, for certain, as was asked for. */
  withdraw(operation: Operation): void {
    this.#remove(operation);
    this.answered++;
  }

  /** What failed of the operations with this id and higher ones. */
  failedSince(id: number): string[] {
    return this.#failed.filter((failure) => failure.id >= id).map(({ what }) => what);
  }

  #remove(operation: Operation): void {
    this.#byKey.get(operation.key)?.delete(operation);
  }
}
