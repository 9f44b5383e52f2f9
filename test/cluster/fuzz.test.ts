// Rubbish in both syntaxes, while neighbours work: the replica stays up, answers all that can be read, gives nobody
// another's reply, and takes no more memory the longer it lasts. SYNOD_SEED=n begins elsewhere; SYNOD_LONG=1 sends a
// million requests.
import { expect } from 'chai';
import { must } from '#src/base/assert.js';
import { Random } from '../paxos/support/random.js';
import { RawClient } from '../redis/raw-client.js';
import { drawChunk, FuzzClient } from './fuzz.js';
import { InlineClient } from './inline-client.js';
import { LocalCluster } from './local-cluster.js';
import { residentMiB } from './memory.js';

const seed = Number(process.env.SYNOD_SEED ?? 1);
const REQUESTS = process.env.SYNOD_LONG === '1' ? 1_000_000 : 30_000;
const AT_ONCE = 50;
const CLIENTS = 8;
const MORE_MIB = 60;

/** Writes and reads a key of its own in one syntax, and looks at every reply. */
class Neighbour {
  readonly #key: string;
  readonly #ask: (n: number) => Promise<readonly string[]>;
  readonly wrong: string[] = [];
  asked = 0;

  constructor(name: string, ask: (n: number) => Promise<readonly string[]>) {
    this.#key = name;
    this.#ask = ask;
  }

  async work(goesOn: () => boolean): Promise<void> {
    while (goesOn()) {
      const n = ++this.asked;
      const replies = await this.#ask(n);
      const wanted = ['OK', `${n}`, '(nil)'];
      if (replies.some((reply, i) => reply !== wanted[i])) this.wrong.push(`${this.#key} ${n}: ${replies.join(' | ')}`);
    }
  }
}

function neighbours(raw: RawClient, inline: InlineClient): readonly Neighbour[] {
  const plain = (reply: string): string => reply.replace(/^\+|^\$\d+\r\n|\r\n$/g, '').replace(/^\$-1$/, '(nil)');
  return [
    new Neighbour('in RESP', async (n) => {
      const replies = await raw.send([
        ['SET', 'neighbour 1', `${n}`],
        ['GET', 'neighbour 1'],
        ['GET', 'neighbour 1 has no such key'],
      ]);
      return replies.map(plain);
    }),
    new Neighbour('inline', (n) =>
      inline.requests([`PUT "neighbour 2" ${n}`, 'GET "neighbour 2"', 'GET "neighbour 2 has no such key"']),
    ),
  ];
}

describe('rubbish from many clients', function () {
  this.timeout(1_200_000);
  let cluster: LocalCluster;

  before(async () => {
    cluster = await LocalCluster.start({
      replicas: 1,
      options: ['--value-bytes', '64KiB', '--request-bytes', '256KiB'],
    });
  });

  afterEach(function () {
    if (this.currentTest?.state === 'failed') process.stderr.write(`${cluster.said()}\n`);
  });

  after(() => cluster.dispose());

  it(`${REQUESTS} requests, SYNOD_SEED=${seed}`, async () => {
    const { clientPort, daemon } = cluster.place(0);
    const { pid } = daemon;
    const [raw, inline] = [await RawClient.open(clientPort), await InlineClient.open(clientPort)];
    const beside = neighbours(raw, inline);
    let left = REQUESTS / AT_ONCE;
    let memory = 0;
    const working = beside.map((one) => one.work(() => left > 0));
    const rubbish = Array.from({ length: CLIENTS }, async (_, i) => {
      const client = new FuzzClient(clientPort);
      const random = new Random(seed * CLIENTS + i);
      while (left-- > 0) {
        if (left === Math.floor((REQUESTS / AT_ONCE) * 0.6)) memory = residentMiB(pid);
        await client.send(drawChunk(random, AT_ONCE));
      }
      client.close();
    });
    await Promise.all([...rubbish, ...working]);
    for (const one of beside) {
      expect(one.wrong).to.deep.equal([]);
      expect(one.asked).to.be.greaterThan(20);
    }
    expect(await cluster.ask(0, 'GET "neighbour 2"')).to.equal(`${must(beside[1], 'a neighbour').asked}`);
    expect(daemon.alive && daemon.pid === pid, 'the replica is up').to.equal(true);
    expect(residentMiB(pid)).to.be.lessThan(memory + MORE_MIB);
    raw.close();
    inline.close();
  });
});
