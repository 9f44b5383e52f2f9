/**
 * etcd's gRPC calls KV.Put and KV.Range (linearizable) as hand-made HTTP/2 frames: no HTTP/2 library, headers compressed once,
 * the protobuf messages written out. This is as little work as a client of etcd can have, so that a comparison measures etcd
 * and not its client. Replies may come in any order; a call is over with its trailers, and failed if no message came before
 * them.
 */
import { text, u32 } from './latin1.js';
import { frame, SendWindow } from './send-window.js';
import type { Conversation, Replied } from './wire.js';

const frameHead = 9;
const headersFrame = 1;
const resetFrame = 3;
const settingsFrame = 4;
const pingFrame = 6;
const goAwayFrame = 7;
const windowUpdateFrame = 8;
const ackFlag = 1;
const endStream = 1;
const endHeaders = 4;
/** More calls than a connection ever has between its oldest and its newest unanswered one; a power of two. */
const span = 16384;

const initialWindowSize = 4;
const settingBytes = 6;
const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const largestWindow = 0x7fffffff;
/** SETTINGS_INITIAL_WINDOW_SIZE at its largest, and as much for the connection: the server never has to wait. */
const opening =
  preface +
  frame(settingsFrame, 0, 0, text([0, initialWindowSize]) + u32(largestWindow)) +
  frame(windowUpdateFrame, 0, 0, u32(largestWindow - 65535));

/** HPACK: the path is never indexed; what all calls share is put in the table by the first and referred to by the rest. */
const literal = (name: string, value: string): string => name + text([value.length]) + value;
const shared =
  literal(text([0x41]), 'localhost') + // :authority
  literal(text([0x5f]), 'application/grpc') + // content-type
  literal(literal(text([0x40]), 'te'), 'trailers');
const sharedAgain = text([0xc0, 0xbf, 0xbe]);
const methodAndScheme = text([0x83, 0x86]);
const pathOf = (path: string): string => methodAndScheme + literal(text([0x04]), path);
const putPath = pathOf('/etcdserverpb.KV/Put');
const rangePath = pathOf('/etcdserverpb.KV/Range');

function varint(n: number): string {
  return n < 128 ? text([n]) : text([(n & 127) | 128]) + varint(n >>> 7);
}

const field = (tag: number, value: string): string => text([tag]) + varint(value.length) + value;

/** One HTTP/2 connection to an etcd member. */
export class EtcdConversation implements Conversation {
  readonly opening = opening;
  readonly #valueBytes: number;
  readonly #received = new Int32Array(span);
  readonly #wasGet = new Uint8Array(span);
  readonly #window = new SendWindow();
  #shared = shared;
  #dues = '';

  /** `valueBytes`: a range reply with fewer bytes than a value has found nothing. */
  constructor(valueBytes: number) {
    this.#valueBytes = valueBytes;
  }

  put(sequence: number, key: string, value: string): string {
    this.#wasGet[sequence % span] = 0;
    return this.#call(sequence, putPath, field(0x0a, key) + field(0x12, value));
  }

  get(sequence: number, key: string): string {
    this.#wasGet[sequence % span] = 1;
    return this.#call(sequence, rangePath, field(0x0a, key));
  }

  read(bytes: Buffer, end: number, replied: Replied): number {
    let start = 0;
    while (end - start >= frameHead) {
      const length = bytes.readUIntBE(start, 3);
      if (end - start < frameHead + length) break;
      const type = bytes[start + 3] ?? 0;
      const flags = bytes[start + 4] ?? 0;
      const stream = bytes.readUInt32BE(start + 5);
      const payload = start + frameHead;
      start = payload + length;
      if (type === windowUpdateFrame) this.#window.grant(stream, bytes.readUInt32BE(payload));
      else if (stream > 0) this.#onStream(type, flags, (stream - 1) / 2, length, replied);
      else this.#onConnection(type, flags, bytes, payload, length);
    }
    return start;
  }

  dues(): string {
    const dues = this.#dues + this.#window.due();
    this.#dues = '';
    return dues;
  }

  #call(sequence: number, path: string, message: string): string {
    this.#received[sequence % span] = 0;
    const stream = sequence * 2 + 1;
    const headers = frame(headersFrame, endHeaders, stream, path + this.#shared);
    this.#shared = sharedAgain;
    return headers + this.#window.data(stream, `\0${u32(message.length)}${message}`);
  }

  #onStream(type: number, flags: number, sequence: number, length: number, replied: Replied): void {
    const place = sequence % span;
    if (type === 0) this.#received[place] = (this.#received[place] ?? 0) + length;
    const over = type === resetFrame || (type <= headersFrame && (flags & endStream) !== 0);
    if (!over) return;
    const received = this.#received[place] ?? 0;
    if (received === 0 || type === resetFrame) replied(sequence, 'error', 'the call failed');
    else replied(sequence, this.#wasGet[place] === 1 && received < this.#valueBytes ? 'missing' : 'ok', '');
  }

  #onConnection(type: number, flags: number, bytes: Buffer, payload: number, length: number): void {
    if (type === goAwayFrame)
      throw new Error(`etcd closed: ${bytes.toString('latin1', payload + 8, payload + length)}`);
    if ((flags & ackFlag) !== 0) return;
    if (type === settingsFrame) {
      for (let at = payload; at < payload + length; at += settingBytes) {
        if (bytes.readUInt16BE(at) === initialWindowSize) this.#window.grantEach(bytes.readUInt32BE(at + 2));
      }
      this.#dues += frame(settingsFrame, ackFlag, 0, '');
    }
    if (type === pingFrame) {
      this.#dues += frame(pingFrame, ackFlag, 0, bytes.toString('latin1', payload, payload + length));
    }
  }
}
