// The generator's readers must count every reply once, wherever the bytes are cut: a stream of replies per protocol, read at
// every split point, and the outcomes that it holds.
import { expect } from 'chai';
import { EtcdConversation } from './etcd-wire.js';
import { InlineConversation, RespConversation } from './line-wires.js';
import type { Conversation, Outcome } from './wire.js';

type Told = readonly [sequence: number, outcome: Outcome, text: string];

function frame(type: number, flags: number, stream: number, payload: string): string {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return head.toString('latin1') + payload;
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
];

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

  it('say how Synod and Redis are asked', () => {
    expect(new InlineConversation().put(0, 'k', 'v')).to.equal('PUT k v\r\n');
    expect(new RespConversation().get(0, 'key')).to.equal('*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n');
  });
});
