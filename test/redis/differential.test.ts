// The same commands to a Redis and to Synod: the replies are the same, byte by byte.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import fc from 'fast-check';
import { must } from '#src/base/assert.js';
import { freePorts } from '../cluster/free-ports.js';
import { LocalCluster } from '../cluster/local-cluster.js';
import { until } from '../cluster/until.js';
import { anyCommands } from './commands.js';
import { RawClient } from './raw-client.js';

const COMMANDS = process.env.SYNOD_LONG === '1' ? 200_000 : 6_000;
const AT_ONCE = 60;

describe('a Redis and a Synod', function () {
  this.timeout(1_200_000);
  let server: ChildProcess | null = null;
  let cluster: LocalCluster | null = null;
  let redis: RawClient;
  let synod: RawClient;

  before(async function () {
    if (spawnSync('redis-server', ['--version']).status !== 0) this.skip();
    const port = must((await freePorts(1))[0], 'a port');
    server = spawn('redis-server', ['--port', `${port}`, '--bind', '127.0.0.1', '--save', ''], { stdio: 'ignore' });
    cluster = await LocalCluster.start({ replicas: 1 });
    redis = await until('Redis to serve', () => RawClient.open(port));
    synod = await RawClient.open(cluster.place(0).clientPort);
  });

  afterEach(function () {
    if (this.currentTest?.state === 'failed') process.stderr.write(`${cluster?.said() ?? ''}\n`);
  });

  after(async () => {
    redis?.close();
    synod?.close();
    if (server !== null) {
      server.kill();
      await once(server, 'exit');
    }
    await cluster?.dispose();
  });

  it(`answer ${COMMANDS} random commands alike`, async () => {
    let asked = 0;
    await fc.assert(
      fc.asyncProperty(anyCommands, async (commands) => {
        const requests = [['FLUSHALL'], ...commands];
        const [theirs, ours] = await Promise.all([redis.send(requests), synod.send(requests)]);
        asked += commands.length;
        for (const [i, argv] of requests.entries()) expect(ours[i], JSON.stringify(argv)).to.equal(theirs[i]);
      }),
      { numRuns: Math.ceil((1.5 * COMMANDS) / AT_ONCE) },
    );
    expect(asked).to.be.at.least(COMMANDS);
  });
});
