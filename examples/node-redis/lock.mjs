// A lock that ends by itself, and that only its owner releases. `node examples/node-redis/lock.mjs [host:port]`
import { randomUUID } from 'node:crypto';
import { createClient } from 'redis';
import { addresses, leave } from '../start.mjs';

const [address] = addresses(['localhost:9000']);
const store = createClient({ url: `redis://${address}` });
store.on('error', leave);
await store.connect();
const LOCK = 'lock:report';

/** Answers the token with which it is released; null when somebody else has it. */
async function take(ms) {
  const token = randomUUID();
  const taken = await store.set(LOCK, token, { expiration: { type: 'PX', value: ms }, condition: 'NX' });
  return taken === 'OK' ? token : null;
}

/** False when it was ours no longer: it ended, and may be another's by now, who keeps it. */
async function release(token) {
  return (await store.sendCommand(['DELIFEQ', LOCK, token])) === 1;
}

const mine = await take(30_000);
console.log(mine === null ? 'somebody else has it' : 'it is mine');
console.log((await take(30_000)) === null ? 'and nobody else gets it' : 'two have it!');
console.log(await release('not my token'));
console.log(await release(mine));

const short = await take(50);
while ((await store.exists(LOCK)) === 1) await store.ping();
console.log('it ended by itself');
console.log(await release(short));

store.destroy();
