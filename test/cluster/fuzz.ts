/**
 * What no client should send, and a client that sends it: requests of commands that exist, with words that fit and words
 * that do not, in both syntaxes and mixed; and the same with bytes flipped, left out, said twice or put in between.
 * Everything is drawn from a seed.
 */
import { connect, type Socket } from 'node:net';
import { COMMANDS } from '#src/kv/command-table.js';
import type { Random } from '../paxos/support/random.js';

/** They do what they are there for: to all keys, to the replica, or without end. */
const LEFT_OUT = ['FLUSHALL', 'DRAIN', 'BACKUP', 'FOLLOW', 'CHANGES', 'QUIT'];

const NAMES = COMMANDS.filter(({ name }) => !LEFT_OUT.includes(name)).flatMap(({ name, aliases }) => [
  name,
  ...aliases,
]);

const WORDS = [
  ...['', '0', '1', '-1', '2', '3', '10', '9223372036854775807', '-9223372036854775809', '0.1', '1e400', 'x', '-', '+'],
  ...[
    'NX',
    'XX',
    'GET',
    'IFEQ',
    'IFREV',
    'EX',
    'PX',
    'KEEPTTL',
    'EXAT',
    'PERSIST',
    'GT',
    'LIMIT',
    'AFTER',
    'MATCH',
    'COUNT',
    'TYPE',
    'AUTH',
    'SETNAME',
  ],
  ...[
    '*',
    '?*[a-\\',
    '[^]',
    '*a*a*a*a*b',
    'JSON',
    'RESET',
    'DOCS',
    'INFO',
    'LIST',
    'string',
    'default',
    '\r\n',
    '"',
    "'",
    '\x00\xff',
  ],
];

const KEYS = 40;
const LONG_WORD = 70_000;

/** `isWhole`: all of it can be read, and is answered. */
export interface Chunk {
  readonly bytes: Buffer;
  readonly isWhole: boolean;
}

export function drawChunk(random: Random, requests: number): Chunk {
  const text = Array.from({ length: requests }, () => drawRequest(random)).join('');
  const whole = Buffer.from(text, 'latin1');
  return random.chance(0.5) ? { bytes: whole, isWhole: true } : { bytes: spoilt(whole, random), isWhole: false };
}

function drawRequest(random: Random): string {
  const argv = [random.pick(NAMES), ...Array.from({ length: random.below(6) }, () => drawWord(random))];
  return random.chance(0.5) ? asResp(argv) : `${argv.map(quoted).join(' ')}${random.pick(['\n', '\r\n'])}`;
}

function drawWord(random: Random): string {
  const kind = random.fraction();
  if (kind < 0.5) return `key ${random.below(KEYS)}`;
  if (kind < 0.9) return random.pick(WORDS);
  if (kind < 0.905) return 'v'.repeat(random.below(LONG_WORD));
  return Array.from({ length: random.below(30) }, () => String.fromCharCode(random.below(256))).join('');
}

function asResp(argv: readonly string[]): string {
  return `*${argv.length}\r\n${argv.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
}

/** Any bytes, as the inline syntax takes them. */
function quoted(word: string): string {
  if (/^[!#-&(-~]+$/.test(word)) return word;
  return `"${word.replace(/[^ !#-[\]-~]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)}"`;
}

function spoilt(bytes: Buffer, random: Random): Buffer {
  let now = bytes;
  for (let n = 1 + random.below(8); n > 0; n--) {
    const at = random.below(now.length + 1);
    const end = Math.min(now.length, at + random.below(20));
    const put = random.pick([
      Buffer.alloc(0),
      Buffer.from([random.below(256)]),
      Buffer.from(
        random.pick(['*', '$', '*1000000\r\n', '$500000000\r\n', '*-1\r\n', '\r\n', '"', '\x00', '\xff\xfd']),
      ),
      now.subarray(at, end),
    ]);
    now = Buffer.concat([now.subarray(0, at), put, put, now.subarray(end)]);
  }
  return now;
}

export class FuzzClient {
  readonly #port: number;
  #socket: Socket | null = null;
  #tail = '';
  #wanted = '';
  #wake: () => void = () => {};
  #tokens = 0;

  constructor(port: number) {
    this.#port = port;
  }

  /** Resolves when all of a whole chunk was answered, or the replica has hung up; of any other, when it has answered the end. */
  async send({ bytes, isWhole }: Chunk): Promise<void> {
    const socket = await this.#open();
    const over = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    // Whatever state the requests have left: nothing is queued any more, and the reply is RESP2's.
    this.#wanted = `token ${++this.#tokens}`;
    socket.write(bytes);
    if (isWhole) socket.write(asResp(['RESET']) + asResp(['ECHO', this.#wanted]), 'latin1');
    else socket.end();
    await over;
  }

  close(): void {
    this.#socket?.destroy();
  }

  #open(): Promise<Socket> {
    if (this.#socket !== null) return Promise.resolve(this.#socket);
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port: this.#port });
      socket.setEncoding('latin1').on('data', (text: string) => this.#heard(text));
      socket.on('error', reject);
      socket.on('close', () => {
        this.#socket = null;
        this.#wake();
      });
      socket.once('connect', () => {
        socket.off('error', reject).on('error', () => socket.destroy());
        this.#tail = '';
        this.#socket = socket;
        resolve(socket);
      });
    });
  }

  #heard(text: string): void {
    const heard = this.#tail + text;
    this.#tail = heard.slice(-2 * this.#wanted.length);
    if (heard.includes(`${this.#wanted}\r\n`)) this.#wake();
  }
}
