/**
 * Flow control of what an HTTP/2 client sends (RFC 9113, sections 5.2 and 6.9): a server grants so many bytes to a connection and
 * to every stream, and more when it has read them. It knows frames of data and grants, nothing about what is in them.
 */
import { text, u32 } from './latin1.js';

const dataFrame = 0;
const endStream = 1;
/** What a server takes that did not say otherwise. */
const granted = 65_535;
const largestPayload = 16_384;

/** Every frame begins with its length in three bytes, its type, its flags and its stream. */
export function frame(type: number, flags: number, stream: number, payload: string): string {
  return u32(payload.length).slice(1) + text([type, flags]) + u32(stream) + payload;
}

interface Waiting {
  readonly stream: number;
  rest: string;
  grant: number;
}

export class SendWindow {
  #connection = granted;
  #stream = granted;
  /** In the order of their requests. */
  readonly #waiting = new Map<number, Waiting>();

  /** The frames of the only message on `stream` that may go now; `due` has the others when they may. */
  data(stream: number, message: string): string {
    const { length } = message;
    if (length <= largestPayload && length <= this.#stream && length <= this.#connection) {
      this.#connection -= length;
      return frame(dataFrame, endStream, stream, message);
    }
    const waiting = { stream, rest: message, grant: this.#stream };
    this.#waiting.set(stream, waiting);
    return this.#framesOf(waiting);
  }

  /** WINDOW_UPDATE: so many bytes more for a stream, or for the connection (0). */
  grant(stream: number, bytes: number): void {
    const waiting = this.#waiting.get(stream);
    if (stream === 0) this.#connection += bytes;
    else if (waiting !== undefined) waiting.grant += bytes;
  }

  /** SETTINGS_INITIAL_WINDOW_SIZE: what each stream may send at first, also for those that have begun. */
  grantEach(bytes: number): void {
    for (const waiting of this.#waiting.values()) waiting.grant += bytes - this.#stream;
    this.#stream = bytes;
  }

  /** What waited and may go since the last call. */
  due(): string {
    let due = '';
    for (const waiting of this.#waiting.values()) due += this.#framesOf(waiting);
    return due;
  }

  #framesOf(waiting: Waiting): string {
    let frames = '';
    while (waiting.rest !== '') {
      const room = Math.min(waiting.rest.length, waiting.grant, this.#connection, largestPayload);
      if (room <= 0) return frames;
      const payload = waiting.rest.slice(0, room);
      waiting.rest = waiting.rest.slice(room);
      waiting.grant -= room;
      this.#connection -= room;
      frames += frame(dataFrame, waiting.rest === '' ? endStream : 0, waiting.stream, payload);
    }
    this.#waiting.delete(waiting.stream);
    return frames;
  }
}
