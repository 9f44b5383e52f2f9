// Whatever somebody sends to the client port or the peer port, it costs them an error or their connection: nobody crashes,
// nobody swells, no other client notices.
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { InlineClient } from './inline-client.js';
import { LocalCluster } from './local-cluster.js';
import { residentMiB } from './memory.js';
import { until } from './until.js';

const MiB = 1024 * 1024;
/** More than any of this may cost for good, less than it would cost if it were kept. */
const boundMiB = 350;
const idleConnections = 5000;

/** Opens a connection, sends, and leaves it to the test. */
function send(port: number, bytes: string | Uint8Array): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject).on('error', () => socket.destroy());
      socket.write(bytes);
      resolve(socket.resume());
    });
  });
}

const closed = (socket: Socket): Promise<unknown> => until('the connection to be closed', () => socket.closed);

describe('abuse', function () {
  this.timeout(120_000);
  let cluster: LocalCluster;
  let pids: readonly number[];

  before(async () => {
    cluster = await LocalCluster.start();
    pids = cluster.places.map(({ daemon }) => daemon.pid);
    expect(await cluster.ask(0, 'PUT apple green')).to.equal('OK');
  });

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') process.stderr.write(`${cluster.said()}\n`);
    for (const i of [0, 1, 2]) {
      expect(await cluster.ask(i, `PUT pear ${i}`)).to.equal('OK');
      expect(await cluster.ask((i + 1) % 3, 'GET apple')).to.equal('green');
    }
    expect(cluster.places.map(({ daemon }) => (daemon.alive ? daemon.pid : 0))).to.deep.equal(pids);
    for (const pid of pids) expect(residentMiB(pid)).to.be.lessThan(boundMiB);
  });

  after(() => cluster.dispose());

  describe('of the client port', () => {
    it('by garbage', async () => {
      for (const i of [0, 1, 2]) {
        for (const bytes of [randomBytes(MiB), Buffer.alloc(MiB), Buffer.alloc(MiB, 0xff), Buffer.alloc(MiB, '\n')]) {
          const socket = await send(cluster.place(i).clientPort, bytes);
          socket.end();
          await closed(socket);
        }
      }
    });

    it('by requests that never end, and some that nobody waits for', async () => {
      const sockets: Socket[] = [];
      for (const bytes of ['PUT half a val', 'GET "apple', 'PUT', '"', '*3\r\n$3\r\nSET\r\n', '\r']) {
        for (const i of [0, 1, 2]) sockets.push(await send(cluster.place(i).clientPort, bytes));
      }
      expect(await cluster.ask(0, 'GET apple')).to.equal('green');
      for (const socket of sockets) socket.destroy();
    });

    it('by lines of 10 MiB: one clear error each, and the connection goes on', async () => {
      const clients = await Promise.all([0, 1, 2].map((i) => cluster.client(i)));
      const long = `PUT apple ${'x'.repeat(10 * MiB)}`;
      for (let round = 0; round < 3; round++) {
        const replies = await Promise.all(clients.map((client) => client.requests([long, 'PING', 'GET apple'])));
        for (const [refused, ...rest] of replies) {
          expect(refused).to.match(/^ERROR TOOLARGE \S/);
          expect(rest).to.deep.equal(['+PONG', 'green']);
        }
      }
      for (const client of clients) client.close();
    });

    it('by a key or a value beyond the limits', async () => {
      const client = await cluster.client(1);
      const replies = await client.requests([
        `PUT ${'k'.repeat(1025)} v`,
        `PUT k ${'v'.repeat(MiB + 1)}`,
        'GET k',
        'PUT k',
      ]);
      expect(replies[0]).to.match(/^ERROR (TOOLARGE|ERR) \S/);
      expect(replies[1]).to.match(/^ERROR (TOOLARGE|ERR) \S/);
      expect(replies[2]).to.equal('(nil)');
      expect(replies[3]).to.match(/^ERROR ERR \S/);
      client.close();
    });

    it('by a browser', async () => {
      const client = await InlineClient.open(cluster.place(0).clientPort);
      client.raw('POST / HTTP/1.1\r\nHost: localhost\r\n\r\nPUT apple red\r\n');
      await closed(client.socket);
    });

    it('by clients that ask for much and read nothing', async () => {
      expect(await cluster.ask(0, `PUT large ${'x'.repeat(MiB - 1)}`)).to.equal('OK');
      const client = await cluster.client(0);
      client.socket.pause();
      client.raw('GET large\r\n'.repeat(1000));
      for (let n = 0; n < 50; n++) expect(await cluster.ask(0, 'GET apple')).to.equal('green');
      expect(residentMiB(cluster.daemon(0).pid)).to.be.lessThan(boundMiB);
      client.close();
    });

    it(`by ${idleConnections} idle connections`, async () => {
      const sockets: Socket[] = [];
      while (sockets.length < idleConnections) {
        const port = cluster.place(sockets.length % 3).clientPort;
        sockets.push(...(await Promise.all(Array.from({ length: 100 }, () => send(port, '')))));
      }
      const client = await cluster.client(1);
      const lines = Array.from({ length: 100 }, (_, n) => [`PUT idle ${n}`, 'GET idle']).flat();
      expect(await client.requests(lines)).to.deep.equal(
        Array.from({ length: 100 }, (_, n) => ['OK', String(n)]).flat(),
      );
      expect(sockets.filter((socket) => socket.destroyed)).to.have.lengthOf(0);
      client.close();
      for (const socket of sockets) socket.destroy();
    });
  });

  describe('of the peer port', () => {
    const rubbish: readonly [string, Uint8Array][] = [
      ['garbage', randomBytes(MiB)],
      ['a length of 4 GiB', Buffer.concat([Buffer.alloc(4, 0xff), Buffer.alloc(MiB)])],
      ['a length just below 2 GiB', Buffer.concat([Buffer.from([0x7f, 0xff, 0xff, 0xff]), Buffer.alloc(MiB)])],
      ['empty frames', Buffer.alloc(MiB)],
      ['a frame of one byte', Buffer.from([0, 0, 0, 1, 0xc0])],
      ['a deep nest of arrays', Buffer.concat([Buffer.from([0, 0, 0x40, 0]), Buffer.alloc(0x4000, 0x91)])],
      ['an array that claims 4,294,967,295 items', Buffer.from([0, 0, 0, 5, 0xdd, 0xff, 0xff, 0xff, 0xff])],
      ['a request of a client', Buffer.from('GET apple\r\n')],
    ];

    for (const [name, bytes] of rubbish) {
      it(`by ${name}`, async () => {
        for (const i of [0, 1, 2]) {
          const sockets = await Promise.all(Array.from({ length: 10 }, () => send(cluster.place(i).port, bytes)));
          await Promise.all(sockets.map((socket) => closed(socket.end())));
        }
      });
    }

    it('by silence on many connections', async () => {
      const sockets = await Promise.all(Array.from({ length: 200 }, (_, n) => send(cluster.place(n % 3).port, '')));
      expect(await cluster.ask(2, 'PUT quiet yes')).to.equal('OK');
      for (const socket of sockets) socket.destroy();
    });
  });
});
