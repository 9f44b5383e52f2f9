/**
 * The key-value store of NATS JetStream as its client libraries speak it, and no more: a put publishes to the bucket's
 * subject and waits for the stream's acknowledgement, a get asks for the last message of a subject (DIRECT.GET, which any
 * replica answers from what it has). Replies come to an inbox of the connection whose last token is the request's number,
 * in any order.
 */
import { randomBytes } from 'node:crypto';
import type { Conversation, Replied } from './wire.js';

export const natsBucket = 'bench';
export const natsStream = `KV_${natsBucket}`;

const newline = 10;
const letterE = 0x65;
const letterH = 0x48;
const letterM = 0x4d;
const letterP = 0x50;
const minus = 0x2d;
/** `{"error":…` where a put failed, `{"stream":…` where it is done. */
const answerAt = 2;
const version = 'NATS/1.0';
const notFound = ' 404';

const natsOptions = JSON.stringify({
  verbose: false,
  pedantic: false,
  headers: true,
  no_responders: true,
  protocol: 1,
});

/** One connection to a NATS server. */
export class NatsConversation implements Conversation {
  readonly opening: string;
  readonly #inbox: string;
  #dues = '';

  /** `inbox`: a token that no other connection has, for all of them hear what is published. */
  constructor(inbox = randomBytes(6).toString('hex')) {
    this.#inbox = `_INBOX.${inbox}`;
    this.opening = `CONNECT ${natsOptions}\r\nSUB ${this.#inbox}.* 1\r\n`;
  }

  /** A message to any subject, answered as the `sequence`-th request. */
  publish(sequence: number, subject: string, payload: string): string {
    return `PUB ${subject} ${this.#inbox}.${sequence} ${payload.length}\r\n${payload}\r\n`;
  }

  put(sequence: number, key: string, value: string): string {
    return this.publish(sequence, `$KV.${natsBucket}.${key}`, value);
  }

  get(sequence: number, key: string): string {
    return this.publish(sequence, `$JS.API.DIRECT.GET.${natsStream}.$KV.${natsBucket}.${key}`, '');
  }

  read(bytes: Buffer, end: number, replied: Replied): number {
    let start = 0;
    while (start < end) {
      const lineEnd = bytes.indexOf(newline, start);
      if (lineEnd < 0 || lineEnd >= end) return start;
      const first = bytes[start];
      if (first === letterM || first === letterH) {
        const line = bytes.toString('latin1', start, lineEnd - 1);
        const payload = lineEnd + 1;
        const next = payload + Number(line.slice(line.lastIndexOf(' '))) + 2;
        if (next > end) return start;
        answer(line, bytes, payload, next - 2, replied);
        start = next;
      } else {
        this.#onOther(bytes.toString('latin1', start, lineEnd).trimEnd(), first);
        start = lineEnd + 1;
      }
    }
    return start;
  }

  dues(): string {
    const dues = this.#dues;
    this.#dues = '';
    return dues;
  }

  #onOther(line: string, first: number | undefined): void {
    if (first === minus) throw new Error(`NATS closed: ${line}`);
    if (first === letterP && line === 'PING') this.#dues += 'PONG\r\n';
  }
}

/** `line`: MSG or HMSG, the inbox with the number, the subscription, and one or two sizes. */
function answer(line: string, bytes: Buffer, payload: number, payloadEnd: number, replied: Replied): void {
  const subjectEnd = line.indexOf(' ', line.indexOf(' ') + 1);
  const sequence = Number(line.slice(line.lastIndexOf('.', subjectEnd) + 1, subjectEnd));
  const whole = (): string => bytes.toString('latin1', payload, payloadEnd).trimEnd();
  if (line.startsWith('M')) {
    if (bytes[payload + answerAt] === letterE) replied(sequence, 'error', whole());
    else replied(sequence, 'ok', '');
    return;
  }
  const status = bytes.toString('latin1', payload + version.length, payload + version.length + notFound.length);
  if (!status.startsWith(' ')) replied(sequence, 'ok', '');
  else if (status === notFound) replied(sequence, 'missing', '');
  else replied(sequence, 'error', whole());
}
