// Links that are silenced: one way or both, by several faults at once, and open again when the last of them is over.
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { freePorts } from '../cluster/free-ports.js';
import { TcpProxy } from '../cluster/tcp-proxy.js';
import { until } from '../cluster/until.js';
import { type Way, Wires } from './wires.js';

describe('a proxy that is deaf one way', () => {
  let server: Server;
  let proxy: TcpProxy;
  let near: Socket;
  let far: Socket;
  let port: number;
  /** What arrived at either end. */
  let heard: { near: string; far: string };

  /** A connection through the proxy, by its two ends. */
  async function dial(): Promise<void> {
    heard = { near: '', far: '' };
    const accepted = once(server, 'connection');
    near = connect({ host: '127.0.0.1', port });
    [far] = (await accepted) as [Socket];
    for (const [socket, end] of [
      [near, 'near'],
      [far, 'far'],
    ] as const) {
      socket
        .on('error', () => socket.destroy())
        .on('data', (bytes) => {
          heard[end] += String(bytes);
        });
    }
  }

  beforeEach(async () => {
    const [own = 0, target = 0] = await freePorts(2);
    port = own;
    server = createServer().listen(target, '127.0.0.1');
    await once(server, 'listening');
    proxy = await TcpProxy.listen(port, target);
    await dial();
  });

  afterEach(async () => {
    near.destroy();
    far.destroy();
    await proxy.close();
    server.close();
  });

  for (const [way, deaf, hears] of [
    ['forth', 'far', 'near'],
    ['back', 'near', 'far'],
  ] as const) {
    it(`${way}: only the other end hears, until it is over and the connection breaks`, async () => {
      const ends = { near, far };
      proxy.deafen(way);
      ends[hears].write('lost');
      ends[deaf].write('heard');
      await until('the one to hear', () => heard[hears] === 'heard');
      expect(heard[deaf]).to.equal('');
      proxy.hear(way);
      await until('both ends to break', () => near.destroyed && far.destroyed);
      await dial();
      near.write('forth');
      far.write('back');
      await until('both to hear', () => heard.near === 'back' && heard.far === 'forth');
    });
  }
});

describe('the wires', () => {
  it('are silent as long as any fault silences them', async () => {
    const done: string[] = [];
    const note = (what: string) => async (ways: readonly Way[]) => {
      done.push(`${what} ${ways.map(({ from, to }) => `${from}>${to}`).join(' ')}`.trim());
    };
    const wires = new Wires({ how: 'notes', silence: note('silence'), restore: note('restore') });
    const way = { from: 0, to: 1 };
    await wires.silence([way, { from: 1, to: 0 }]);
    await wires.silence([way, { from: 2, to: 0 }]);
    await wires.restore([way, { from: 1, to: 0 }]);
    await wires.restore([way, { from: 2, to: 0 }]);
    expect(done).to.deep.equal(['silence 0>1 1>0', 'silence 2>0', 'restore 1>0', 'restore 0>1 2>0']);
  });
});
