// Hello: it survives the way, strangers are refused, and two replicas that must not talk are told why with both sides.

import { expect } from 'chai';
import { incarnation, replicaName, storeId } from '#src/base/ids.js';
import {
  decodeHello,
  disagreement,
  encodeHello,
  HELLO_FRAME_BYTES,
  type Hello,
  PROTOCOL_VERSION,
} from '#src/wire/hello.js';
import { type Packed, packFrames } from '#src/wire/msgpack.js';
import { encodeMessages } from '#src/wire/peer-codec.js';
import { WireError } from '#src/wire/wire-error.js';
import { accepts, damaged, prefixes } from './refusals.js';
import { A, B, heartbeat, hello, LIFE, STORE } from './samples.js';

const body = (value: Packed): Uint8Array => packFrames([value]).subarray(4);
const wire = (one: Hello): Uint8Array => encodeHello(one).subarray(4);

describe('hello', () => {
  it('survives the way', () => {
    const full: Hello = { ...hello, lane: 'data', remembered: LIFE, founding: '0123456789abcdef', clientAddress: '' };
    for (const one of [hello, full]) expect(decodeHello(wire(one))).to.deep.equal(one);
  });

  it('fits its frame, however long the list', () => {
    const names = Array.from({ length: 255 }, (_, i) => replicaName(`${i}.${'ü'.repeat(250)}`));
    expect(encodeHello({ ...hello, names }).length).to.be.below(HELLO_FRAME_BYTES);
  });

  it('of another version is read as far as is needed to refuse it', () => {
    const theirs = decodeHello(body(['synod', 1, 'node-b', 'whatever', 0, [1]]));
    expect(disagreement(hello, theirs)).to.equal('protocol version differs: 6 here, 1 at node-b');
  });

  const rules: Packed[] = ['c', STORE, 1, ['a'], 50, 300, '', ''];
  const fields: Packed[] = ['synod', PROTOCOL_VERSION, 'a', 'pulse', ...rules, null, null, 'b'];
  const wrong: readonly (readonly [string, Packed])[] = [
    ['not for this program', fields.with(0, 'redis')],
    ['without a version', fields.with(1, 0)],
    ['without a name', fields.with(2, '')],
    ['for a lane that does not exist', fields.with(3, 'bulk')],
    ['with a cluster id that would break a log line', fields.with(4, 'c\n')],
    ['with a store id of other digits', fields.with(5, 'g'.repeat(32))],
    ['with a fractional incarnation', fields.with(6, 1.5)],
    ['with names that are no list', fields.with(7, 'a')],
    ['with a lease of nothing', fields.with(9, 0)],
    ['with a long address', fields.with(11, 'x'.repeat(256))],
    ['that remembers a fraction of a record', fields.with(13, 0.5)],
    ['for nobody', fields.with(14, '')],
    ['with too little', fields.slice(0, -1)],
    ['with too much', [...fields, 1]],
    ['that is no array', 'synod'],
  ];
  it('made by hand is read', () => {
    expect(decodeHello(body(fields)).name).to.equal('a');
  });
  for (const [what, value] of wrong) {
    it(`${what} is refused`, () => {
      expect(() => decodeHello(body(value))).to.throw(WireError);
    });
  }

  it('is nothing else, and nothing else is a hello', () => {
    expect(() => decodeHello(encodeMessages([heartbeat]).subarray(4))).to.throw(WireError);
    for (const cut of prefixes(wire(hello))) expect(() => decodeHello(cut)).to.throw(WireError);
    for (const bytes of damaged(wire(hello))) accepts(() => decodeHello(bytes));
  });
});

describe('disagreement', () => {
  const theirs: Hello = { ...hello, name: B, to: A, store: storeId('f'.repeat(32)), incarnation: incarnation(5) };

  it('is none between two of one cluster, on whichever lane and in whichever order their lists are', () => {
    expect(disagreement(hello, theirs)).to.equal(null);
    expect(disagreement(hello, { ...theirs, lane: 'data', names: [B, A], clientAddress: 'x:1' })).to.equal(null);
  });

  it('does not come from a founding that one side does not know yet', () => {
    const known = { founding: '0000000000000001' };
    expect(disagreement({ ...hello, ...known }, theirs)).to.equal(null);
    expect(disagreement(hello, { ...theirs, ...known })).to.equal(null);
    expect(disagreement({ ...hello, ...known }, { ...theirs, ...known })).to.equal(null);
  });

  const cases: readonly (readonly [Partial<Hello>, Partial<Hello>, string])[] = [
    [{}, { leaseMs: 400 }, 'lease-ms differs: 300 here, 400 at node-b'],
    [{}, { heartbeatMs: 60 }, 'heartbeat-ms differs: 50 here, 60 at node-b'],
    [{}, { cluster: 'other' }, 'cluster differs: c0ffee here, other at node-b'],
    [{}, { names: [B] }, 'list of replicas differs: 127.0.0.1:8000 node-b here, node-b at node-b'],
    [{}, { to: replicaName('c') }, 'name of this replica differs: 127.0.0.1:8000 here, c at node-b'],
    [{}, { version: 7 }, 'protocol version differs: 6 here, 7 at node-b'],
    [
      { founding: '0000000000000001' },
      { founding: '0000000000000002' },
      'founding differs: 0000000000000001 here, 0000000000000002 at node-b',
    ],
    [{}, { name: A }, `two replicas are called 127.0.0.1:8000: stores ${STORE} here, ${'f'.repeat(32)} there`],
    // One line names the root of it: other lists make other cluster ids.
    [{}, { names: [B], cluster: 'other' }, 'list of replicas differs: 127.0.0.1:8000 node-b here, node-b at node-b'],
  ];
  for (const [here, there, line] of cases) {
    it(`says: ${line}`, () => {
      expect(disagreement({ ...hello, ...here }, { ...theirs, ...there })).to.equal(line);
    });
  }
});
