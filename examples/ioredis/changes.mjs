// Following what others change, each change once and in order. `node examples/ioredis/changes.mjs [host:port]`
import { Redis } from 'ioredis';
import { addresses, leave } from '../start.mjs';

const [address] = addresses(['localhost:9000']);
const url = `redis://${address}`;
const [reader, writer] = [new Redis(url).on('error', leave), new Redis(url).on('error', leave)];

await writer.del('fruit:apple', 'fruit:plum');
// What is there now, and the revision from which on we want to hear what changes.
let revision = await reader.call('REVISION');
console.log(await reader.call('PREFIX', 'fruit:'));

await writer.set('fruit:apple', 'green');
await writer.set('vegetable:leek', 'green');
await writer.mset('fruit:apple', 'red', 'fruit:plum', 'blue');
await writer.del('fruit:plum');

for (let heard = 0; heard < 4; ) {
  // Waits up to a second for the first. COMPACTED would mean that `revision` is too old: begin again with REVISION and PREFIX.
  const [next, changes] = await reader.call('CHANGES', 'fruit:', 'FROM', revision, 'COUNT', 100, 'BLOCK', 1000);
  for (const [, type, key, value] of changes) console.log([type, key, value].join(' ').trimEnd());
  heard += changes.length;
  revision = next;
}

reader.disconnect();
writer.disconnect();
