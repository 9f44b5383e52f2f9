// Following what others change, each change once and in order. `node examples/node-redis/changes.mjs [host:port]`
import { createClient } from 'redis';
import { addresses, leave } from '../start.mjs';

const [address] = addresses(['localhost:9000']);
const url = `redis://${address}`;
const [reader, writer] = await Promise.all([
  createClient({ url }).on('error', leave).connect(),
  createClient({ url }).on('error', leave).connect(),
]);

await writer.del(['fruit:apple', 'fruit:plum']);
// What is there now, and the revision from which on we want to hear what changes.
let revision = Number(await reader.sendCommand(['REVISION']));
console.log(await reader.sendCommand(['PREFIX', 'fruit:']));

await writer.set('fruit:apple', 'green');
await writer.set('vegetable:leek', 'green');
await writer.mSet({ 'fruit:apple': 'red', 'fruit:plum': 'blue' });
await writer.del('fruit:plum');

for (let heard = 0; heard < 4; ) {
  // Waits up to a second for the first. COMPACTED would mean that `revision` is too old: begin again with REVISION and PREFIX.
  const asked = ['CHANGES', 'fruit:', 'FROM', `${revision}`, 'COUNT', '100', 'BLOCK', '1000'];
  const [next, changes] = await reader.sendCommand(asked);
  for (const [, type, key, value] of changes) console.log([type, key, value].join(' ').trimEnd());
  heard += changes.length;
  revision = Number(next);
}

reader.destroy();
writer.destroy();
