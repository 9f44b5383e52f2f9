// Money from one account to another, while others do the same. `node examples/ioredis/transaction.mjs [host:port]`
import { Redis } from 'ioredis';

const address = `redis://${process.argv[2] ?? 'localhost:9000'}`;

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

// Without a replica there is nothing to show. A service would say so and go on: the library connects again by itself.
function leave(error) {
  console.error(error.message || error.code);
  process.exit(1);
}

const clerks = Array.from({ length: 4 }, () => new Redis(address).on('error', leave));
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
