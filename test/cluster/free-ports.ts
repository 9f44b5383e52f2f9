/**
 * Ports for the processes of a test. They are taken from below the range which the system gives to outgoing connections:
 * a port from that range may be in use as somebody's source port by the time a killed replica wants it back.
 */
import { createServer } from 'node:net';

const lowest = 10_000;
const highest = 30_000;
const stride = 7;
/** Two test processes at once begin at different places. */
let next = lowest + ((process.pid * 97) % (highest - lowest));

/** `count` ports on which nobody listens, all different, none handed out before by this process. */
export async function freePorts(count: number, host = '127.0.0.1'): Promise<number[]> {
  const found: number[] = [];
  while (found.length < count) {
    next += stride;
    if (next >= highest) next -= highest - lowest;
    if (await isFree(host, next)) found.push(next);
  }
  return found;
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host, port }, () => server.close(() => resolve(true)));
  });
}
