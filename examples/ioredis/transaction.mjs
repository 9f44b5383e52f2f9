// Money from one account to another, while others do the same. `node examples/ioredis/transaction.mjs [host:port]`
import { Redis } from 'ioredis';
import { addresses, leave } from '../start.mjs';

const [address] = addresses(['localhost:9000']);
const url = `redis://${address}`;

/** False when there is not enough. */
async function transfer(store, from, to, amount) {
  for (;;) {
    await store.watch(from, to);
    const [less, more] = (await store.mget(from, to)).map(Number);
    if (less < amount) {
      await store.unwatch();
      return false;
    }
    const replies = await store
      .multi()
      .set(from, less - amount)
      .set(to, more + amount)
      .exec();
    // Null: somebody changed an account since we looked at it, and nothing was done.
    if (replies !== null) return true;
  }
}

const clerks = Array.from({ length: 4 }, () => new Redis(url).on('error', leave));
const [first] = clerks;
await first.mset('account:a', 100, 'account:b', 100);
await Promise.all(
  clerks.map((clerk, i) =>
    transfer(clerk, ...(i % 2 === 0 ? ['account:a', 'account:b'] : ['account:b', 'account:a']), 10 * i),
  ),
);
console.log(await first.mget('account:a', 'account:b'));
console.log(await transfer(first, 'account:a', 'account:b', 1000));

for (const clerk of clerks) clerk.disconnect();
