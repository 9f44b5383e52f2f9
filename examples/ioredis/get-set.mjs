// Setting and getting. `node examples/ioredis/get-set.mjs [host:port]`; any replica will do.
import { Redis } from 'ioredis';
import { addresses, leave } from '../start.mjs';

const [address] = addresses(['localhost:9000']);
const store = new Redis(`redis://${address}`);
store.on('error', leave);

await store.del('pear');
await store.set('apple', 'green');
console.log(await store.get('apple'));

// Both at once, or neither: whoever reads them sees both old or both new.
await store.mset('apple', 'red', 'plum', 'blue');
console.log(await store.mget('apple', 'plum', 'pear'));

// Only if it is still what we think it is.
console.log('if green:', await store.call('SET', 'apple', 'brown', 'IFEQ', 'green'));
console.log('if red:', await store.call('SET', 'apple', 'brown', 'IFEQ', 'red'));

store.disconnect();
