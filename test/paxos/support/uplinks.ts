/** How long bulk takes to leave a replica: all its links share one way out, and what is sent first leaves first. */

import type { ReplicaName } from '#src/base/ids.js';
import { laneOf, type PeerMessage } from '#src/paxos/message.js';
import { bytesOf } from '#src/paxos/value.js';

export class Uplinks {
  /** What leaves a replica in a millisecond; may be changed while the world runs. */
  bytesPerMs = Number.POSITIVE_INFINITY;
  readonly #busyUntil = new Map<ReplicaName, number>();

  /** When the last of the message has left. The pulse does not wait. */
  sentAt(from: ReplicaName, message: PeerMessage, mono: number): number {
    if (laneOf(message) === 'pulse') return mono;
    const sentAt = Math.max(mono, this.#busyUntil.get(from) ?? 0) + bulkOf(message) / this.bytesPerMs;
    this.#busyUntil.set(from, sentAt);
    return sentAt;
  }
}

/** Bytes of the values and commands it carries. */
function bulkOf(message: PeerMessage): number {
  switch (message.type) {
    case 'accept':
      return message.proposals.reduce((sum, { value }) => sum + bytesOf(value), 0);
    case 'values':
      return message.held.reduce((sum, { value }) => sum + bytesOf(value), 0);
    case 'forward':
      return message.parcels.reduce((sum, { bytes }) => sum + bytes.length, 0);
    default:
      return 0;
  }
}
