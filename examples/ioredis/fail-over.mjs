// Going on with another replica when one dies. `node examples/ioredis/fail-over.mjs host:port host:port`; then kill one.
import { Redis } from 'ioredis';

const addresses = process.argv.length > 2 ? process.argv.slice(2) : ['localhost:9000', 'localhost:9001'];

// To a client that knows Redis Sentinel, every replica is a sentinel that says it is the master.
const sentinels = addresses.map((address) => ({ host: address.split(':')[0], port: Number(address.split(':')[1]) }));
const store = new Redis({ sentinels, name: 'synod', sentinelRetryStrategy: () => 50 });
store.on('error', (error) => console.error(error.message || error.code));

for (let n = 1; n <= 20; n++) {
  await store.set('counter', n);
  console.log(`${await store.get('counter')} through ${store.stream.remotePort}`);
  await new Promise((resolve) => setTimeout(resolve, 100));
}

store.disconnect();
