// Trying again without doing it twice: an id for each piece of work. `node examples/ioredis/once.mjs [host:port]`
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { addresses, tell } from '../start.mjs';

const [address] = addresses(['localhost:9000']);
// The library must not send anything again by itself: what it does not know cannot be kept from happening twice.
const store = new Redis(`redis://${address}`, {
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  retryStrategy: () => 50,
});
store.on('error', tell);

/** Executes the write exactly once, however often it has to be asked for. */
async function exactlyOnce(...command) {
  const id = randomUUID();
  for (let tries = 1; ; tries++) {
    try {
      return await store.call('ONCE', id, ...command);
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
console.log(await store.call('ONCE', id, 'INCR', 'orders'), await store.call('ONCE', id, 'INCR', 'orders'));
console.log(await store.get('orders'));

store.disconnect();
