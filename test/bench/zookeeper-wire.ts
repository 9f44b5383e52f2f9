/**
 * ZooKeeper's binary protocol (jute), as much of it as puts and gets of the generator need: a session, and then setData and
 * getData of znodes below the root, or create where they are not there yet. Every packet has its length before it; replies
 * come in the order of the requests, each with the number (xid) of its own.
 */
import { text, u32 } from './latin1.js';
import type { Conversation, Replied } from './wire.js';

const lengthBytes = 4;
/** xid, zxid, error. */
const replyHead = 16;
const errorAt = lengthBytes + 12;
/** In the answer to the opening: protocol version and timeout come before it. */
const sessionAt = lengthBytes + 8;
const create = 1;
const getData = 4;
const setData = 5;
const noNode = -101;
/** The server cuts it to its own longest one; no run is so long that a session would have to be kept alive. */
const timeoutMs = 600_000;
const passwordBytes = 16;
const allRights = 31;
const anyVersion = u32(-1);

/** A string or a buffer. */
const sized = (bytes: string): string => u32(bytes.length) + bytes;
const packet = (bytes: string): string => sized(bytes);
const long = (n: number): string => u32(0) + u32(n);

const opening = packet(u32(0) + long(0) + u32(timeoutMs) + long(0) + sized('\0'.repeat(passwordBytes)) + text([0]));
/** One entry: everybody may do everything. Then the flags: a node that stays. */
const openToAll = u32(1) + u32(allRights) + sized('world') + sized('anyone') + u32(0);

/** One session with a ZooKeeper server. */
export class ZooKeeperConversation implements Conversation {
  readonly opening = opening;
  readonly #creates: boolean;
  #connected = false;

  /** `creates`: puts make nodes that are not there; otherwise they change those that are. */
  constructor(creates: boolean) {
    this.#creates = creates;
  }

  put(sequence: number, key: string, value: string): string {
    const node = sized(`/${key}`) + sized(value);
    if (this.#creates) return packet(u32(sequence) + u32(create) + node + openToAll);
    return packet(u32(sequence) + u32(setData) + node + anyVersion);
  }

  get(sequence: number, key: string): string {
    return packet(u32(sequence) + u32(getData) + sized(`/${key}`) + text([0]));
  }

  read(bytes: Buffer, end: number, replied: Replied): number {
    let start = 0;
    while (end - start >= lengthBytes) {
      const next = start + lengthBytes + bytes.readUInt32BE(start);
      if (next > end) return start;
      if (!this.#connected) this.#onSession(bytes.readBigInt64BE(start + sessionAt));
      else if (next - start >= lengthBytes + replyHead) onReply(bytes, start, replied);
      start = next;
    }
    return start;
  }

  dues(): string {
    return '';
  }

  #onSession(id: bigint): void {
    if (id === 0n) throw new Error('ZooKeeper gave no session');
    this.#connected = true;
  }
}

function onReply(bytes: Buffer, start: number, replied: Replied): void {
  const sequence = bytes.readInt32BE(start + lengthBytes);
  // Negative numbers are events and pings.
  if (sequence < 0) return;
  const error = bytes.readInt32BE(start + errorAt);
  if (error === 0) replied(sequence, 'ok', '');
  else if (error === noNode) replied(sequence, 'missing', '');
  else replied(sequence, 'error', `ZooKeeper error ${error}`);
}
