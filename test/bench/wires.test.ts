// The generator's readers must count every reply once, wherever the bytes are cut: a stream of replies per protocol, read at
// every split point, and the outcomes that it holds.
import { expect } from 'chai';
import { EtcdConversation } from './etcd-wire.js';
import { InlineConversation, RespConversation } from './line-wires.js';
import { NatsConversation } from './nats-wire.js';
import type { Conversation, Outcome } from './wire.js';
import { ZooKeeperConversation } from './zookeeper-wire.js';

type Told = readonly [sequence: number, outcome: Outcome, text: string];

function frame(type: number, flags: number, stream: number, payload: string): string {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return head.toString('latin1') + payload;
}

/** A packet of ZooKeeper: integers of four bytes, and what comes behind them. */
function jute(numbers: readonly number[], rest: string): string {
  const body = Buffer.alloc(numbers.length * 4);
  for (const [i, number] of numbers.entries()) body.writeInt32BE(number, i * 4);
  const head = Buffer.alloc(4);
  head.writeInt32BE(body.length + rest.length);
  return head.toString('latin1') + body.toString('latin1') + rest;
}

const long = 'v'.repeat(300);

const streams: readonly [name: string, make: () => Conversation, bytes: string, told: readonly Told[]][] = [
  [
    'inline',
    () => new InlineConversation(),
    `OK\r\n${long}\r\n(nil)\r\nERROR NOQUORUM no leader\r\nOK\r\n`,
    [
      [0, 'ok', ''],
      [1, 'ok', ''],
      [2, 'missing', ''],
      [3, 'error', 'ERROR NOQUORUM no leader'],
      [4, 'ok', ''],
    ],
  ],
  [
    'RESP',
    () => new RespConversation(),
    `+OK\r\n$300\r\n${long}\r\n$-1\r\n-ERR full\r\n$4\r\n\r\n\r\n\r\n+OK\r\n`,
    [
      [0, 'ok', ''],
      [1, 'ok', ''],
      [2, 'missing', ''],
      [3, 'error', 'ERR full'],
      [4, 'ok', ''],
      [5, 'ok', ''],
    ],
  ],
  [
    'etcd, out of order',
    () => {
      const conversation = new EtcdConversation(300);
      conversation.put(0, 'k', 'v');
      for (const sequence of [1, 2, 3]) conversation.get(sequence, 'k');
      return conversation;
    },
    frame(4, 0, 0, '') +
      frame(6, 0, 0, '12345678') +
      frame(1, 4, 3, 'headers') +
      frame(0, 0, 3, long) +
      frame(1, 5, 3, 'trailers') +
      frame(1, 5, 1, 'only trailers: it failed') +
      frame(8, 0, 0, '1234') +
      frame(1, 4, 5, 'headers') +
      frame(0, 0, 5, 'short') +
      frame(1, 5, 5, 'trailers') +
      frame(3, 0, 7, 'code'),
    [
      [1, 'ok', ''],
      [0, 'error', 'the call failed'],
      [2, 'missing', ''],
      [3, 'error', 'the call failed'],
    ],
  ],
  [
    'NATS, out of order',
    () => new NatsConversation('i'),
    'INFO {"server_id":"m0"} \r\nMSG _INBOX.i.1 1 27\r\n{"stream":"KV_b", "seq":13}\r\n' +
      `HMSG _INBOX.i.0 1 40 340\r\nNATS/1.0\r\nNats-Stream: KV_bench_____\r\n\r\n${long}\r\nPONG\r\n` +
      'HMSG _INBOX.i.12 1 34 34\r\nNATS/1.0 404 Message Not Found\r\n\r\n\r\n' +
      'HMSG _INBOX.i.3 1 16 16\r\nNATS/1.0 503\r\n\r\n\r\n+OK\r\n' +
      'MSG _INBOX.i.4 1 28\r\n{"error":{"code":503,"a":1}}\r\n',
    [
      [1, 'ok', ''],
      [0, 'ok', ''],
      [12, 'missing', ''],
      [3, 'error', 'NATS/1.0 503'],
      [4, 'error', '{"error":{"code":503,"a":1}}'],
    ],
  ],
  [
    'ZooKeeper',
    () => new ZooKeeperConversation(false),
    jute([0, 40_000, 0, 77, 16, 1, 2, 3, 4], '\0') +
      jute([0, 0, 9, 0], 'stat of the node') +
      jute([-2, 0, 9, 0], '') +
      jute([1, 0, 9, 0, long.length], long) +
      jute([-1, -1, -1, 0, 1, 3], '/k') +
      jute([2, 0, 9, -101], '') +
      jute([3, 0, 9, -110], ''),
    [
      [0, 'ok', ''],
      [1, 'ok', ''],
      [2, 'missing', ''],
      [3, 'error', 'ZooKeeper error -110'],
    ],
  ],
];

const sized = (bytes: string): string => jute([], bytes);

/** Reads what comes in the given pieces, keeping what was left, as the client does. */
function read(conversation: Conversation, pieces: readonly Buffer[]): Told[] {
  const told: Told[] = [];
  let kept = Buffer.alloc(0);
  for (const piece of pieces) {
    const whole = Buffer.concat([kept, piece]);
    const end = conversation.read(whole, whole.length, (...reply) => told.push(reply));
    kept = whole.subarray(end);
  }
  expect(kept).to.have.lengthOf(0);
  return told;
}

describe('the wires of the load generator', () => {
  for (const [name, make, text, told] of streams) {
    it(`read ${name} at every split point`, () => {
      const bytes = Buffer.from(text, 'latin1');
      for (let at = 0; at <= bytes.length; at++) {
        expect(read(make(), [bytes.subarray(0, at), bytes.subarray(at)]), `cut at ${at}`).to.deep.equal(told);
      }
      const single = Array.from(bytes, (_, i) => bytes.subarray(i, i + 1));
      expect(read(make(), single), 'byte by byte').to.deep.equal(told);
    });

    it(`do not read ${name} beyond the end`, () => {
      const bytes = Buffer.from(text, 'latin1');
      const conversation = make();
      const seen: Told[] = [];
      const end = conversation.read(bytes, bytes.length - 1, (...reply) => seen.push(reply));
      expect(end).to.be.lessThan(bytes.length);
      expect(seen).to.deep.equal(told.slice(0, -1));
    });
  }

  it('answer what HTTP/2 asks for, once', () => {
    const conversation = new EtcdConversation(1);
    const asked = Buffer.from(frame(4, 0, 0, '') + frame(6, 0, 0, '12345678') + frame(4, 1, 0, ''), 'latin1');
    conversation.read(asked, asked.length, () => {});
    expect(conversation.dues()).to.equal(frame(4, 1, 0, '') + frame(6, 1, 0, '12345678'));
    expect(conversation.dues()).to.equal('');
  });

  const world = jute([1, 31], `${sized('world')}${sized('anyone')}\0\0\0\0`).slice(4);
  const requests: readonly [what: string, bytes: string, wanted: string][] = [
    ['Synod for a put', new InlineConversation().put(0, 'k', 'v'), 'PUT k v\r\n'],
    ['Redis for a get', new RespConversation().get(0, 'key'), '*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n'],
    ['NATS for a put', new NatsConversation('i').put(7, 'k', 'val'), 'PUB $KV.bench.k _INBOX.i.7 3\r\nval\r\n'],
    [
      'NATS for a get',
      new NatsConversation('i').get(8, 'k'),
      'PUB $JS.API.DIRECT.GET.KV_bench.$KV.bench.k _INBOX.i.8 0\r\n\r\n',
    ],
    [
      'ZooKeeper for a node',
      new ZooKeeperConversation(true).put(1, 'k', 'v'),
      jute([1, 1], `${sized('/k')}${sized('v')}${world}`),
    ],
    [
      'ZooKeeper for a put',
      new ZooKeeperConversation(false).put(2, 'k', 'v'),
      jute([2, 5], `${sized('/k')}${sized('v')}\xff\xff\xff\xff`),
    ],
    ['ZooKeeper for a get', new ZooKeeperConversation(false).get(3, 'k'), jute([3, 4], `${sized('/k')}\0`)],
    [
      'ZooKeeper for a session',
      new ZooKeeperConversation(false).opening,
      jute([0, 0, 0, 600_000, 0, 0, 16, 0, 0, 0, 0], '\0'),
    ],
  ];
  for (const [what, bytes, wanted] of requests) {
    it(`ask ${what}`, () => {
      expect(bytes).to.equal(wanted);
    });
  }

  it('end when the other side says that all is over', () => {
    const read = (conversation: Conversation, bytes: string) => () =>
      conversation.read(Buffer.from(bytes, 'latin1'), bytes.length, () => {});
    expect(read(new NatsConversation('i'), "-ERR 'Authorization Violation'\r\n")).to.throw('Authorization');
    expect(read(new ZooKeeperConversation(false), jute([0, 0, 0, 0, 16, 0, 0, 0, 0], '\0'))).to.throw('no session');
  });
});
