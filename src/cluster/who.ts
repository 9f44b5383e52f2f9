/** Asks a replica over its client port, as a program would, who it is and who leads. */

import { connect } from 'node:net';

/** A replica that is there and says nothing for so long is taken for one that does not answer. */
const SILENCE_MS = 1000;

/** More than a status of nine replicas takes. */
const LONGEST_ANSWER = 64 * 1024;

export interface Answer {
  /** Of the process that answers. */
  readonly pid: number;
  /** The name of the leader, null when it knows none. */
  readonly leader: string | null;
  /** Who leads and why, or what keeps everybody from leading; a sentence. */
  readonly waiting: string;
  /** Names of those that it is not connected to. */
  readonly apart: readonly string[];
}

/** Undefined when nobody takes clients there (yet), or somebody who is no replica. */
export function askWho(host: string, port: number): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect({ host, port, timeout: SILENCE_MS }, () => socket.write('STATUS JSON\r\n'));
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      if (!text.includes('\n') && text.length < LONGEST_ANSWER) return;
      resolve(read(text.slice(0, text.indexOf('\n'))));
      socket.destroy();
    });
    socket.on('timeout', () => socket.destroy());
    // A refused connection is an answer too: `close` follows.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve(undefined));
  });
}

function read(line: string): Answer | undefined {
  try {
    const { pid, leader, waiting, replicas } = JSON.parse(line) as Readonly<Record<string, unknown>>;
    if (typeof pid !== 'number') return undefined;
    return { pid, leader: textOf(leader), waiting: textOf(waiting) ?? '', apart: apartIn(replicas) };
  } catch {
    // Not one of ours: something else has the port.
    return undefined;
  }
}

function apartIn(replicas: unknown): readonly string[] {
  const all: readonly Readonly<Record<string, unknown>>[] = Array.isArray(replicas) ? replicas : [];
  return all.filter(({ self, connected }) => self === false && connected === false).map(({ name }) => String(name));
}

function textOf(said: unknown): string | null {
  return typeof said === 'string' ? said : null;
}
