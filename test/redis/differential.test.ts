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

  it('find the same keys by any pattern, at once and by and by', async () => {
    const letters = fc.string({
      unit: fc.constantFrom('a', 'b', 'c', '*', '?', '[', ']', '^', '-', '\\'),
      maxLength: 6,
    });
    const names = fc.array(
      letters.filter((name) => name !== ''),
      { minLength: 1, maxLength: 30 },
    );
    await fc.assert(
      fc.asyncProperty(names, fc.array(letters, { minLength: 1, maxLength: 20 }), async (keys, patterns) => {
        const fill = [['FLUSHALL'], ['MSET', ...keys.flatMap((key) => [key, 'v'])]];
        await Promise.all([redis.send(fill), synod.send(fill)]);
        const asked = patterns.map((pattern) => ['KEYS', pattern]);
        const [theirs, ours] = await Promise.all([redis.send(asked), synod.send(asked)]);
        for (const [i, pattern] of patterns.entries()) {
          const wanted = wordsOf(theirs[i] ?? '').sort();
          expect(wordsOf(ours[i] ?? ''), pattern).to.deep.equal(wanted);
          expect((await scanned(synod, pattern)).sort(), pattern).to.deep.equal(wanted);
        }
        expect([...new Set(keys)]).to.include(wordsOf((await synod.send([['RANDOMKEY']]))[0] ?? '')[0]);
      }),
      { numRuns: 20 },
    );
  });

  it('describe the commands that both have alike: words, places of keys, whether it writes', async () => {
    const [all = ''] = await synod.send([['COMMAND', 'LIST']]);
    const asked = wordsOf(all).map((name) => ['COMMAND', 'INFO', name]);
    const [theirs, ours] = await Promise.all([redis.send(asked), synod.send(asked)]);
    const differing: string[] = [];
    let both = 0;
    for (const [i, [, , name = '']] of asked.entries()) {
      const wanted = description(theirs[i] ?? '');
      if (wanted === null || LOOSER.includes(name)) continue;
      both++;
      const given = description(ours[i] ?? '');
      if (given !== wanted) differing.push(`${name}: ${given}, not ${wanted}`);
    }
    expect(differing).to.deep.equal([]);
    expect(both).to.be.at.least(40);
  });
});

/** Redis lets them have words that mean nothing. */
const LOOSER = ['quit'];

/** The strings in a reply, however deep. */
function wordsOf(reply: string): string[] {
  const words: string[] = [];
  const bulk = /\$(\d+)\r\n/g;
  for (let found = bulk.exec(reply); found !== null; found = bulk.exec(reply)) {
    const end = bulk.lastIndex + Number(found[1]);
    words.push(reply.slice(bulk.lastIndex, end));
    bulk.lastIndex = end;
  }
  return words;
}

async function scanned(client: RawClient, pattern: string): Promise<string[]> {
  const found = new Set<string>();
  let cursor = '0';
  do {
    const [reply = ''] = await client.send([['SCAN', cursor, 'MATCH', pattern, 'COUNT', '1000']]);
    const [next = '0', ...keys] = wordsOf(reply);
    cursor = next;
    for (const key of keys) found.add(key);
  } while (cursor !== '0');
  return [...found];
}

/** Of COMMAND INFO for one command: arity, first key, last key, step, and write or readonly; null where there is none. */
function description(reply: string): string | null {
  const numbers = [...reply.matchAll(/^:(-?\d+)\r$/gm)].slice(0, 4).map(([, number]) => number);
  const flag = /^\+(write|readonly)\r$/m.exec(reply)?.[1] ?? 'neither';
  return numbers.length < 4 ? null : `${numbers.join(' ')} ${flag}`;
}
