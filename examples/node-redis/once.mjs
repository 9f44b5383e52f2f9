// Trying again without doing it twice: an id for each piece of work. `node examples/node-redis/once.mjs [host:port]`
import { randomUUID } from 'node:crypto';
import { createClient } from 'redis';
import { addresses, tell } from '../start.mjs';

const [address] = addresses(['localhost:9000']);
const reconnectStrategy = (tries, cause) => (tries < 100 ? 50 : cause);
const store = createClient({ url: `redis://${address}`, socket: { reconnectStrategy } });
store.on('error', tell);
await store.connect();

/** Executes the write exactly once, however often it has to be asked for. */
async function exactlyOnce(...command) {
  const id = randomUUID();
  for (let tries = 1; ; tries++) {
    try {
      return await store.sendCommand(['ONCE', id, ...command]);
    } catch (error) {
      // The write is wrong, and will be next time; or we have tried for long enough.
      if (error.message.startsWith('ERR') || tries === 20) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50 * tries));
    }
  }
}

await exactlyOnce('DEL', 'orders');
console.log(await exactlyOnce('INCR', 'orders'));
console.log(await exactlyOnce('INCR', 'orders'));

// What a retry amounts to: the second is not executed, and has the reply of the first.
const id = randomUUID();
console.log(
  await store.sendCommand(['ONCE', id, 'INCR', 'orders']),
  await store.sendCommand(['ONCE', id, 'INCR', 'orders']),
);
console.log(await store.get('orders'));

store.destroy();
