// Going on with another replica when one dies. `node examples/ioredis/fail-over.mjs host:port host:port`; then kill one.
import { Redis } from 'ioredis';
import { addresses, tell } from '../start.mjs';

const replicas = addresses(['localhost:9000', 'localhost:9001'], 9);

// To a client that knows Redis Sentinel, every replica is a sentinel that says it is the master.
const sentinels = replicas.map((address) => ({ host: address.split(':')[0], port: Number(address.split(':')[1]) }));
const sentinelRetryStrategy = (tries) => (tries < 100 ? 50 : null);
const store = new Redis({ sentinels, name: 'synod', sentinelRetryStrategy });
store.on('error', tell);

for (let n = 1; n <= 20; n++) {
  await store.set('counter', n);
  console.log(`${await store.get('counter')} through ${store.stream.remotePort}`);
  await new Promise((resolve) => setTimeout(resolve, 100));
}

store.disconnect();
