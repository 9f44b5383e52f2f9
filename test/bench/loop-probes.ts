/**
 * The delays of the daemons' event loops, read from the probe in each of them. A daemon's life is over for the probe when it does
 * not answer; the samples of its next one follow.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Home } from '../cluster/local-cluster.js';
import { elapse } from '../cluster/until.js';

const program = new URL('./loop-probe.js', import.meta.url).href;
const readEveryMs = 1000;

export interface Delay {
  readonly wallMs: number;
  readonly ms: number;
}

export class LoopProbes {
  /** In which daemons have to live to be measured. */
  readonly homes: readonly Home[];
  /** By replica, in order. */
  readonly delays: readonly Delay[][];
  readonly #directory: string;
  #reading = true;
  readonly #done: Promise<unknown>;

  private constructor(directory: string, replicas: number) {
    this.#directory = directory;
    const sockets = Array.from({ length: replicas }, (_, i) => join(directory, String(i)));
    this.homes = sockets.map((socket) => ({
      host: '127.0.0.1',
      within: ['env', `NODE_OPTIONS=--import=${program}`, `SYNOD_LOOP_PROBE=${socket}`],
    }));
    this.delays = sockets.map(() => []);
    this.#done = Promise.all(sockets.map((socket, i) => this.#read(socket, this.delays[i] ?? [])));
  }

  static async make(replicas: number): Promise<LoopProbes> {
    return new LoopProbes(await mkdtemp(join(tmpdir(), 'synod-probe-')), replicas);
  }

  /** Reads what is there once more. */
  async dispose(): Promise<void> {
    this.#reading = false;
    await this.#done;
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #read(socket: string, into: Delay[]): Promise<void> {
    while (this.#reading) {
      await elapse(readEveryMs);
      const text = await textFrom(socket);
      const numbers = text === '' ? [] : (JSON.parse(text) as readonly number[]);
      for (let i = 0; i < numbers.length; i += 2) into.push({ wallMs: numbers[i] ?? 0, ms: numbers[i + 1] ?? 0 });
    }
  }
}

/** '' when nobody answers. */
function textFrom(path: string): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect({ path });
    socket.setEncoding('latin1').on('data', (part: string) => (text += part));
    socket.on('error', () => socket.destroy());
    socket.on('close', (failed) => resolve(failed || !text.endsWith(']') ? '' : text));
  });
}
