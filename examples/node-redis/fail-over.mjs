// Going on with another replica when one dies. `node examples/node-redis/fail-over.mjs host:port host:port`; then kill one.
import { createClient } from 'redis';
import { addresses, tell } from '../start.mjs';

const replicas = addresses(['localhost:9000', 'localhost:9001'], 9);

/** A client of the first replica that answers, and its address. */
async function connect() {
  for (let tries = 0; ; tries++) {
    const address = replicas[tries % replicas.length];
    const client = createClient({
      url: `redis://${address}`,
      socket: { reconnectStrategy: false, connectTimeout: 1000 },
    });
    client.on('error', tell);
    try {
      return { client: await client.connect(), address };
    } catch (error) {
      // The next one may answer.
      if (tries === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

let { client: store, address } = await connect();

/** Tries again with another replica where one is lost. What is asked must bear to be done twice; ONCE helps where it does not. */
async function ask(command) {
  for (;;) {
    try {
      return await store.sendCommand(command);
    } catch (error) {
      if (store.isReady) throw error;
      ({ client: store, address } = await connect());
    }
  }
}

for (let n = 1; n <= 20; n++) {
  await ask(['SET', 'counter', `${n}`]);
  console.log(await ask(['GET', 'counter']), 'through', address.split(':')[1]);
  await new Promise((resolve) => setTimeout(resolve, 100));
}

store.destroy();
