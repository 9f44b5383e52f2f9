/**
 * What a leader lets into its log: of every session only the parcel that is exactly next, after what the state machine has
 * executed and what this leader has admitted before it. Lost with the leadership; the origins still have every parcel.
 */

import { type Sequence, type StoreId, sequence } from '../base/ids.js';
import type { Parcel, SessionMark, SessionTable } from './session.js';
import { BATCH_BYTES, QUEUE_BYTES } from './timing.js';
import type { BatchValue } from './value.js';

export class Admission {
  readonly #sessions: SessionTable;
  /** Per store the newest session and the last sequence admitted in it. */
  readonly #admitted = new Map<StoreId, SessionMark>();
  readonly #queue: Parcel[] = [];
  /** Index of the first parcel of #queue that is not yet in a batch; the array is cut when everything before it is gone. */
  #head = 0;
  #bytes = 0;

  constructor(sessions: SessionTable) {
    this.#sessions = sessions;
  }

  get isEmpty(): boolean {
    return this.#head === this.#queue.length;
  }

  /** Takes the parcel if it is exactly next; otherwise the reason why not. */
  admit(parcel: Parcel): string | null {
    const mark = this.#admitted.get(parcel.store) ?? this.#sessions.lastOf(parcel.store);
    const known = mark?.incarnation ?? 0;
    if (parcel.incarnation < known) return 'a newer session of that store is known';
    const next = mark !== undefined && parcel.incarnation === known ? mark.last + 1 : 1;
    if (parcel.first !== next) return `sequence ${parcel.first} where ${next} is next`;
    if (this.#bytes + parcel.bytes.length > QUEUE_BYTES && !this.isEmpty) return 'the queue is full';
    this.#admitted.set(parcel.store, {
      incarnation: parcel.incarnation,
      last: sequence(parcel.first + parcel.count - 1) satisfies Sequence,
    });
    this.#queue.push(parcel);
    this.#bytes += parcel.bytes.length;
    return null;
  }

  /** The next batch: parcels in the order of their admission, up to BATCH_BYTES (one larger parcel still goes, alone). */
  take(stamp: number): BatchValue | null {
    const first = this.#queue[this.#head];
    if (first === undefined) return null;
    let end = this.#head + 1;
    let size = first.bytes.length;
    for (let parcel = this.#queue[end]; parcel !== undefined; parcel = this.#queue[end]) {
      if (size + parcel.bytes.length > BATCH_BYTES) break;
      size += parcel.bytes.length;
      end += 1;
    }
    const bytes = end === this.#head + 1 ? first.bytes : joined(this.#queue.slice(this.#head, end), size);
    this.#head = end;
    this.#bytes -= size;
    if (this.isEmpty) {
      this.#queue.length = 0;
      this.#head = 0;
    } else if (this.#head > 1_024) {
      this.#queue.splice(0, this.#head);
      this.#head = 0;
    }
    return { type: 'batch', stamp, bytes };
  }
}

function joined(parcels: readonly Parcel[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const parcel of parcels) {
    bytes.set(parcel.bytes, at);
    at += parcel.bytes.length;
  }
  return bytes;
}
