/** Asks a replica over its client port, as a person would, who leads. */

import { connect } from 'node:net';

const patienceMs = 1000;

/** The answer to WHO; '' when nobody leads; undefined when the replica does not take clients (yet). */
export function askWho(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect({ host, port, timeout: patienceMs }, () => socket.write('WHO\r\n'));
    socket.on('data', (bytes) => {
      answer += bytes.toString('latin1');
      if (!answer.includes('\n')) return;
      const line = answer.slice(0, answer.indexOf('\n')).trim();
      resolve(/^(\(nil\)|ERROR\b.*)$/.test(line) ? '' : line);
      socket.destroy();
    });
    socket.on('timeout', () => socket.destroy());
    // A refused connection is an answer too: `close` follows.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve(undefined));
  });
}
