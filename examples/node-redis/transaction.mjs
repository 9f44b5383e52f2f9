// Money from one account to another, while others do the same. `node examples/node-redis/transaction.mjs [host:port]`
import { createClient, WatchError } from 'redis';
import { addresses, leave } from '../start.mjs';

const [address] = addresses(['localhost:9000']);
const url = `redis://${address}`;

/** False when there is not enough. */
async function transfer(store, from, to, amount) {
  for (;;) {
    await store.watch([from, to]);
    const [less, more] = (await store.mGet([from, to])).map(Number);
    if (less < amount) {
      await store.unwatch();
      return false;
    }
    try {
      await store
        .multi()
        .set(from, `${less - amount}`)
        .set(to, `${more + amount}`)
        .exec();
      return true;
    } catch (error) {
      // Somebody changed an account since we looked at it, and nothing was done.
      if (!(error instanceof WatchError)) throw error;
    }
  }
}

const clerks = await Promise.all(Array.from({ length: 4 }, () => createClient({ url }).on('error', leave).connect()));
const [first] = clerks;
await first.mSet({ 'account:a': '100', 'account:b': '100' });
await Promise.all(
  clerks.map((clerk, i) =>
    transfer(clerk, ...(i % 2 === 0 ? ['account:a', 'account:b'] : ['account:b', 'account:a']), 10 * i),
  ),
);
console.log(await first.mGet(['account:a', 'account:b']));
console.log(await transfer(first, 'account:a', 'account:b', 1000));

for (const clerk of clerks) clerk.destroy();
