// Setting and getting. `node examples/node-redis/get-set.mjs [host:port]`; any replica will do.
import { createClient } from 'redis';
import { addresses, leave } from '../start.mjs';

const [address] = addresses(['localhost:9000']);
const store = createClient({ url: `redis://${address}` });
store.on('error', leave);
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
