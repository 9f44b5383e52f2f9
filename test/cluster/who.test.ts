// What the launcher takes for an answer of a replica, and what not.
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect } from 'chai';
import { askWho } from '#src/cluster/who.js';

const answers: readonly [said: string, answer: unknown][] = [
  ['{"pid":7,"leader":"a","waiting":"a leads."}\r\n', { pid: 7, leader: 'a', waiting: 'a leads.', apart: [] }],
  [
    '{"pid":7,"leader":null,"replicas":[{"name":"a","self":true,"connected":true},{"name":"b","self":false,"connected":false}]}\r\n',
    { pid: 7, leader: null, waiting: '', apart: ['b'] },
  ],
  ['{"leader":"a"}\r\n', undefined],
  ['+PONG\r\n', undefined],
  ['null\r\n', undefined],
  ["ERROR ERR unknown command 'STATUS'\r\n", undefined],
];

describe('the answer of a replica', () => {
  for (const [said, answer] of answers) {
    it(`is ${answer === undefined ? 'not ' : ''}${said.trim()}`, async () => {
      const server = createServer((socket) => void socket.once('data', () => socket.end(said)));
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      try {
        expect(await askWho('127.0.0.1', (server.address() as AddressInfo).port)).to.deep.equal(answer);
      } finally {
        server.close();
      }
    });
  }

  it('does not come from a port that nobody has', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    expect(await askWho('127.0.0.1', port)).to.equal(undefined);
  });
});
