/**
 * Thousands of followers of one prefix on one replica, while one client writes at a steady pace. Every byte that any of
 * them gets is compared: the first to get a line has it held against what was written, all others get the same bytes or are
 * wrong. So every follower gets every change once and in order, or this says which does not. The delay of a line is from
 * when its write was sent.
 */

import { connect, type Socket } from 'node:net';
import { must } from '#src/base/assert.js';
import type { FullStatus } from '#src/node/service.js';
import type { LocalCluster } from '../cluster/local-cluster.js';
import { elapse, until } from '../cluster/until.js';
import { Histogram } from './histogram.js';

export interface FollowLoad {
  readonly followers: number;
  readonly perSecond: number;
  readonly seconds: number;
}

export interface FollowResult {
  readonly lines: number;
  /** Reads that brought them, at all followers together. */
  readonly reads: number;
  /** Of every line at every follower. */
  readonly delays: Histogram;
  /** How late the event loop of the replica was. */
  readonly loopMaxMs: number;
  readonly loopP99Ms: number;
  readonly findings: readonly string[];
}

/** Sockets that are being opened at a time. */
const opening = 50;
const arrivalMs = 60_000;

export async function followMany(cluster: LocalCluster, on: number, load: FollowLoad): Promise<FollowResult> {
  const stream = new SharedStream(Number((await cluster.ask(on, 'REVISION')).replace('(integer) ', '')));
  const { host, clientPort } = cluster.place(on);
  const followers: FollowerSocket[] = [];
  for (let i = 0; i < load.followers; i += opening) {
    const some = Array.from({ length: Math.min(opening, load.followers - i) }, () =>
      FollowerSocket.open(clientPort, host, stream),
    );
    followers.push(...(await Promise.all(some)));
  }
  // A crowd that connects to a process that has just begun may cost it the lead; that is not what is measured.
  await cluster.settled(on);
  await cluster.ask(on, 'STATUS JSON RESET');
  const before = leadOf(await cluster.status(on));
  const writer = await cluster.client(on);
  const writes: Promise<string>[] = [];
  const begun = performance.now();
  const count = load.perSecond * load.seconds;
  for (let n = 1; n <= count; n++) {
    const due = begun + (n * 1_000) / load.perSecond;
    if (due > performance.now()) await elapse(due - performance.now());
    stream.sent();
    writes.push(writer.request(`PUT follow:${n % 1_000} ${n}`));
  }
  const refused = (await Promise.all(writes)).filter((reply) => reply !== 'OK').length;
  const findings = refused === 0 ? [] : [`${refused} writes were not answered OK`];
  const behind = () => followers.filter((follower) => !follower.isDone(count)).length;
  await until('all followers to have all lines', async () => (behind() === 0 ? true : undefined), arrivalMs).catch(
    () => {
      findings.push(`${behind()} followers lack lines`);
    },
  );
  findings.push(...followers.flatMap(({ wrong }) => (wrong === null ? [] : [wrong])).slice(0, 10));
  const status = await cluster.status(on);
  const { loop } = status;
  if (leadOf(status) !== before) findings.push(`the leader changed: ${before} before, ${leadOf(status)} at the end`);
  for (const follower of followers) follower.close();
  writer.close();
  const { delays } = stream;
  const reads = followers.reduce((sum, follower) => sum + follower.reads, 0);
  return { lines: count, reads, delays, loopMaxMs: loop?.maxMs ?? 0, loopP99Ms: loop?.p99Ms ?? 0, findings };
}

/** Who leads, in which ballot. */
function leadOf({ leader, replicas }: FullStatus): string {
  const { ballot = null } = replicas.find(({ self }) => self) ?? {};
  return `${leader ?? 'nobody'} in round ${ballot?.round ?? 0}`;
}

/** What all followers get: as far as any of them has it. */
class SharedStream {
  readonly from: number;
  readonly delays = new Histogram();
  readonly #sentAt: number[] = [];
  #bytes = Buffer.alloc(1024 * 1024);
  #length = 0;
  /** Where each line ends. */
  readonly #ends: number[] = [];

  constructor(from: number) {
    this.from = from;
  }

  /** The next change is written now. */
  sent(): void {
    this.#sentAt.push(performance.now());
  }

  /** A follower got these bytes behind so many others; what is wrong with them, null when nothing is. */
  got(offset: number, bytes: Buffer): string | null {
    const known = Math.min(bytes.length, this.#length - offset);
    if (this.#bytes.compare(bytes, 0, known, offset, offset + known) !== 0)
      return `'${bytes.toString('latin1', 0, 80)}' came at byte ${offset}, other bytes than to others`;
    return known === bytes.length ? null : this.#extend(bytes.subarray(known));
  }

  /** How many lines end within so many bytes, looked for from line `from` on. */
  linesWithin(bytes: number, from: number): number {
    let lines = from;
    for (let end = this.#ends[lines]; end !== undefined && end <= bytes; end = this.#ends[lines]) lines++;
    return lines;
  }

  arrived(line: number, at: number): void {
    this.delays.record((at - must(this.#sentAt[line], 'when a line was sent')) * 1_000);
  }

  #extend(bytes: Buffer): string | null {
    if (this.#length + bytes.length > this.#bytes.length)
      this.#bytes = Buffer.concat([this.#bytes], 2 * (this.#length + bytes.length));
    bytes.copy(this.#bytes, this.#length);
    this.#length += bytes.length;
    for (let start = this.#ends.at(-1) ?? 0; ; start = this.#ends.at(-1) ?? 0) {
      const end = this.#bytes.subarray(0, this.#length).indexOf('\r\n', start);
      if (end < 0) return null;
      const line = this.#bytes.toString('latin1', start, end);
      const n = this.#ends.push(end + 2);
      const expected = `${this.from + n} PUT follow:${n % 1_000} ${n}`;
      if (line !== expected || n > this.#sentAt.length) return `'${line}' came in place of '${expected}'`;
    }
  }
}

class FollowerSocket {
  wrong: string | null = null;
  reads = 0;
  readonly #socket: Socket;
  readonly #stream: SharedStream;
  #offset = 0;
  #rest = '';
  #lines = 0;

  private constructor(socket: Socket, stream: SharedStream) {
    this.#socket = socket;
    this.#stream = stream;
    socket.on('data', (bytes) => this.#got(bytes));
    socket.on('error', (error) => this.#isWrong(error.message));
    socket.on('end', () => this.#isWrong('the replica hung up'));
    socket.write(`FOLLOW follow: FROM ${stream.from}\n`);
  }

  static open(port: number, host: string, stream: SharedStream): Promise<FollowerSocket> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port, noDelay: true });
      socket.once('error', reject).once('connect', () => resolve(new FollowerSocket(socket, stream)));
    });
  }

  isDone(lines: number): boolean {
    return this.wrong !== null || this.#lines >= lines;
  }

  close(): void {
    this.#socket.removeAllListeners('end').destroy();
  }

  #got(chunk: Buffer): void {
    const at = performance.now();
    this.reads++;
    const bytes = this.#withoutIdle(chunk);
    if (this.wrong !== null || bytes === null) return;
    const wrong = this.#stream.got(this.#offset, bytes);
    if (wrong !== null) {
      this.#isWrong(wrong);
      return;
    }
    this.#offset += bytes.length;
    const lines = this.#stream.linesWithin(this.#offset, this.#lines);
    while (this.#lines < lines) this.#stream.arrived(this.#lines++, at);
  }

  /** Not all are sent the same lines that say that nothing happens. Null while one has come in part. */
  #withoutIdle(chunk: Buffer): Buffer | null {
    if (this.#rest === '' && !chunk.includes('R')) return chunk;
    const text = this.#rest + chunk.toString('latin1');
    this.#rest = text.endsWith('\n') ? '' : text;
    return this.#rest === '' ? Buffer.from(text.replaceAll(/REVISION \d+\r\n/g, ''), 'latin1') : null;
  }

  #isWrong(why: string): void {
    this.wrong ??= why;
    this.#socket.destroy();
  }
}
