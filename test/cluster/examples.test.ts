// The programs in examples/ do what their pages say, as they stand, on a cluster of real daemons.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { freePorts } from './free-ports.js';
import { LocalCluster } from './local-cluster.js';
import { until } from './until.js';

const folder = new URL('../../../examples/', import.meta.url);

/** By program, what it prints; both libraries show the same. Fail-over has a test of its own. */
const PRINTED: Readonly<Record<string, readonly string[]>> = {
  'get-set.mjs': ['green', "[ 'red', 'blue', null ]", 'if green: null', 'if red: OK'],
  'transaction.mjs': ["[ '120', '80' ]", 'false'],
  'lock.mjs': ['it is mine', 'and nobody else gets it', 'false', 'true', 'it ended by itself', 'false'],
  'changes.mjs': ['[]', 'PUT fruit:apple green', 'PUT fruit:apple red', 'PUT fruit:plum blue', 'DELETE fruit:plum'],
  'once.mjs': ['1', '2', '3 3', '3'],
};

/** What is no address, one for each of them. */
const WRONG = [
  'localhost:99999',
  'localhost',
  'localhost:9000 localhost:9001',
  'localhost:0',
  'redis://localhost:9000',
  'foo',
];

class Program {
  out = '';
  err = '';
  readonly ended: Promise<number | null>;

  constructor(path: string, addresses: readonly string[]) {
    const child = spawn(process.execPath, [fileURLToPath(new URL(path, folder)), ...addresses]);
    child.stdout.on('data', (text) => (this.out += text));
    child.stderr.on('data', (text) => (this.err += text));
    this.ended = new Promise((resolve) => child.once('close', resolve));
  }

  get lines(): readonly string[] {
    return this.out.trimEnd().split('\n');
  }
}

describe('examples', function () {
  this.timeout(120_000);
  let cluster: LocalCluster;
  let addresses: readonly string[];

  before(async () => {
    cluster = await LocalCluster.start();
    addresses = cluster.places.map(({ host, clientPort }) => `${host}:${clientPort}`);
  });

  afterEach(function () {
    if (this.currentTest?.state === 'failed') process.stderr.write(`${cluster.said()}\n`);
  });

  after(() => cluster.dispose());

  for (const library of ['ioredis', 'node-redis']) {
    it(`${library}: there are no others`, () => {
      const names = readdirSync(new URL(`${library}/`, folder));
      expect(names).to.have.members([...Object.keys(PRINTED), 'fail-over.mjs']);
    });

    for (const [name, printed] of Object.entries(PRINTED)) {
      it(`${library}/${name}`, async () => {
        const program = new Program(`${library}/${name}`, addresses.slice(1, 2));
        expect({ code: await program.ended, err: program.err }).to.deep.equal({ code: 0, err: '' });
        expect(program.lines).to.deep.equal(printed);
      });
    }

    for (const name of ['get-set.mjs', 'transaction.mjs', 'lock.mjs', 'changes.mjs']) {
      it(`${library}/${name} says in one line that nobody is there`, async () => {
        const [closed] = await freePorts(1);
        const program = new Program(`${library}/${name}`, [`127.0.0.1:${closed}`]);
        const code = await program.ended;
        expect({ code, out: program.out }).to.deep.equal({ code: 1, out: '' });
        expect(program.err).to.match(/^connect ECONNREFUSED .*\n$/);
      });
    }

    for (const name of ['once.mjs', 'fail-over.mjs']) {
      it(`${library}/${name} gives up in the end when nobody is there`, async () => {
        const [closed] = await freePorts(1);
        const program = new Program(`${library}/${name}`, [`127.0.0.1:${closed}`]);
        const code = await program.ended;
        expect({ code, out: program.out }).to.deep.equal({ code: 1, out: '' });
        // At most what the library says of the replica, and of giving up.
        expect(program.err).to.match(/^([^\n]+\n){1,2}$/);
      });
    }

    for (const [n, name] of [...Object.keys(PRINTED), 'fail-over.mjs'].entries()) {
      const wrong = WRONG[n % WRONG.length] ?? '';
      it(`${library}/${name} ${wrong} says how it is called`, async () => {
        const program = new Program(`${library}/${name}`, wrong.split(' '));
        expect({ code: await program.ended, out: program.out }).to.deep.equal({ code: 2, out: '' });
        expect(program.err).to.match(/^usage: node .*\.mjs \[host:port.*\]\n$/);
      });
    }

    it(`${library}/get-set.mjs says in one line that a majority is missing`, async () => {
      const others = [1, 2];
      await Promise.all(others.map((place) => cluster.daemon(place).kill()));
      try {
        const program = new Program(`${library}/get-set.mjs`, addresses.slice(0, 1));
        const code = await program.ended;
        // Its lease may still run as the write comes, which is then under way when it ends.
        expect(program.err).to.match(/^(NOQUORUM|UNCERTAIN) .*\n$/);
        expect({ code, out: program.out }).to.deep.equal({ code: 1, out: '' });
      } finally {
        for (const place of others) cluster.daemon(place).start();
        await cluster.settled();
      }
    });

    it(`${library}/fail-over.mjs`, async () => {
      const program = new Program(`${library}/fail-over.mjs`, addresses.slice(0, 2));
      const port = await until('its third line', () => /^3 through (\d+)$/m.exec(program.out)?.[1]);
      const place = cluster.places.findIndex(({ clientPort }) => `${clientPort}` === port);
      await cluster.daemon(place).kill();
      expect(await program.ended, program.err).to.equal(0);
      expect(program.lines.map((line) => line.split(' ')[0])).to.deep.equal(
        Array.from({ length: 20 }, (_, n) => `${n + 1}`),
      );
      expect(program.lines.at(-1)).to.equal(`20 through ${cluster.place(1 - place).clientPort}`);
      cluster.daemon(place).start();
      await cluster.settled();
    });
  }
});
