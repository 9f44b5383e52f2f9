// Setting and getting. `node examples/node-redis/get-set.mjs [host:port]`; any replica will do.
import { createClient } from 'redis';

const store = createClient({ url: `redis://${process.argv[2] ?? 'localhost:9000'}` });
// Without a replica there is nothing to show. A service would say so and go on: the library connects again by itself.
store.on('error', (error) => {
  console.error(error.message || error.code);
  process.exit(1);
});
await store.connect();

await store.del('pear');
await store.set('apple', 'green');
console.log(await store.get('apple'));

// Both at once, or neither: whoever reads them sees both old or both new.
await store.mSet({ apple: 'red', plum: 'blue' });
console.log(await store.mGet(['apple', 'plum', 'pear']));

// Only if it is still what we think it is.
console.log('if green:', await store.sendCommand(['SET', 'apple', 'brown', 'IFEQ', 'green']));
console.log('if red:', await store.sendCommand(['SET', 'apple', 'brown', 'IFEQ', 'red']));

store.destroy();
