/**
 * The text of messages, inputs and effects. What scripts of transcripts may say is what it writes: reading a line and describing
 * it again gives the line. The lines themselves are looked at one by one.
 */

import { expect } from 'chai';
import { incarnation, lsn, replicaName, slot } from '#src/base/ids.js';
import { DECIDED } from '#src/paxos/ballot.js';
import { describeEffects, describeInput, describeMessage } from '#src/paxos/describe.js';
import { type Effects, type Input, noEffects, type RoleChange } from '#src/paxos/effects.js';
import { NOOP } from '#src/paxos/value.js';
import { configuration, parcel } from './support/makers.js';
import { readBallot, readMessage, readValue, storeOf } from './support/notation.js';
import { Puppet } from './support/puppet.js';

const MESSAGES = `
heartbeat 12 none, priority 3, applied 7, durable 9
heartbeat 1 stand, ineligible draining, priority 0, applied 0, durable 0, contacts b c
heartbeat 2 none, priority 3, applied 7, durable 9, contacts b, log from 4, checkpoint 1000=c0ffee of 00000c
heartbeat 3 lead 3.a, supports 3.a, priority 3, applied 7, durable 9, contacts b
heartbeat 4 lead 3.a established, supports 3.a, priority 3, applied 7, durable 9
heartbeat 5 release 3.a to b, priority 3, applied 7, durable 9
heartbeat 6 release 3.a to nobody, priority 3, applied 7, durable 9
echo 12 grants 3.a, willing, promised 3.a, applied 7
echo 12 grants nothing, unwilling, free in 120 ms, promised none, applied 0
prepare 3.a
promise 3.a, decided 5
promise 3.a, decided 5, holds 6-7@2.b 9@decided
promise 3.a, decided 5, holds 6@2.b, and more
accept 3.a, chosen 5
accept 3.a 6=noop 7=batch(40 B at 1720000000000) 8=configuration(a=00000a b=-), chosen 5
accepted 3.a 6
accepted 3.a 6-7 9 11-12
fetch 6-9
fetch 6
values from 6, decided 5, log from 1
values from 6 6@decided=noop 8@2.b=batch(1 B at 1.5), decided 6, log from 4
recall life 3
recalled life 3: promised none, highest 0, lsn 0
recalled life 3: promised 3.a, highest 9, lsn 70
snapshot-fetch 0 from 0, above 0
snapshot-fetch 9000 from 262144, above 80
snapshot-fetch 0 from 0, above 80, 9000 was damaged
forward 3.a 00000b.1/4-6 00000b.1/7
forward 3.a 00000b.2/1 (relayed)
read-slot 3 of b life 1
read-slot 3 of b life 1 (relayed)
read-slot-answer 3 of b life 1, slot 7
`;

const INPUTS: readonly (readonly [Input, string])[] = [
  [{ type: 'message', from: replicaName('b'), message: readText('prepare 3.b') }, 'b: prepare 3.b'],
  [{ type: 'wake' }, 'wake'],
  [{ type: 'flush' }, 'flush'],
  [{ type: 'propose', parcel: parcel('a', 2, 4, 3) }, 'propose 00000a.2/4-6'],
  [{ type: 'read', id: 3 }, 'read 3'],
  [{ type: 'persisted', lsn: lsn(7) }, 'persisted 7'],
  [{ ...linkUp(), remembered: null, rememberedLsn: null }, 'link up b (store 00000b, life 2)'],
  [
    { ...linkUp(), remembered: incarnation(5), rememberedLsn: null },
    'link up b (store 00000b, life 2, remembers life 5)',
  ],
  [{ ...linkUp(), remembered: null, rememberedLsn: lsn(9) }, 'link up b (store 00000b, life 2, remembers lsn 9)'],
  [{ type: 'trimmed', firstSlot: slot(9) }, 'trimmed, log from 9'],
  [
    {
      type: 'installed',
      slot: slot(9),
      configuration: configuration('a b'),
      founding: '',
      lastStamp: 1,
      lineage: storeOf('b'),
    },
    'installed 9 of 00000b configuration(a=00000a b=00000b)',
  ],
  [{ type: 'checkpoint', checkpoint: { slot: slot(1_000), digest: 'c0ffee' } }, 'checkpoint 1000=c0ffee'],
  [{ type: 'rebuilt', slot: slot(9), lineage: storeOf('c') }, 'rebuilt from 9 of 00000c'],
  [{ type: 'loss-noted' }, 'loss-noted'],
  [{ type: 'repaired' }, 'repaired'],
  [{ type: 'link-down', peer: replicaName('b') }, 'link down b'],
  [{ type: 'health', reason: null }, 'health good'],
  [{ type: 'health', reason: 'disk-slow' }, 'health disk-slow'],
  [{ type: 'drain', on: true }, 'drain on'],
  [{ type: 'drain', on: false }, 'drain off'],
  [
    { type: 'identity-kept', identity: { type: 'heard', name: replicaName('b'), store: storeOf('b') } },
    'kept heard b=00000b',
  ],
  [{ type: 'identity-kept', identity: { type: 'incarnation', incarnation: incarnation(6) } }, 'kept incarnation 6'],
];

const B = readBallot('3.a');
const PEER = replicaName('b');
const ROLES: readonly (readonly [RoleChange, string])[] = [
  [{ type: 'lost-together', peer: PEER }, 'has lost the end of its log like b'],
  [{ type: 'stood', ballot: null, why: 'free' }, 'stands: free'],
  [{ type: 'stood', ballot: B, why: '2 of 3 are willing' }, 'prepares 3.a: 2 of 3 are willing'],
  [{ type: 'led', ballot: B }, 'leads 3.a'],
  [{ type: 'established', ballot: B }, 'is established in 3.a'],
  [{ type: 'draining', to: PEER, why: 'it ranks higher' }, 'holds back writes for b: it ranks higher'],
  [{ type: 'draining', to: null, why: 'draining' }, 'holds back writes for nobody: draining'],
  [{ type: 'resumed', why: 'no' }, 'resumes: no'],
  [{ type: 'stopped', ballot: B, why: 'no' }, 'stops 3.a: no'],
  [{ type: 'stopped', ballot: null, why: 'no' }, 'stops: no'],
  [{ type: 'followed', ballot: B }, 'follows 3.a'],
  [{ type: 'became-learner', counted: storeOf('b') }, 'becomes a learner: 00000b has its seat'],
  [{ type: 'became-learner', counted: null }, 'becomes a learner: nobody has its seat'],
  [{ type: 'founded', digest: '00ff' }, 'is founded 00ff'],
  [{ type: 'lost-contact', peer: PEER }, 'loses contact with b'],
  [{ type: 'gained-contact', peer: PEER }, 'gains contact with b'],
];

describe('describing', () => {
  for (const line of MESSAGES.trim().split('\n')) {
    it(line, () => expect(describeMessage(readText(line))).to.equal(line));
  }

  for (const [input, line] of INPUTS) it(line, () => expect(describeInput(input)).to.equal(line));

  for (const [change, line] of ROLES) {
    it(line, () => {
      const effects = noEffects();
      effects.roles.push(change);
      expect(describeEffects(effects)).to.deep.equal([line]);
    });
  }

  it('effects: a line each, in the order in which they are performed', () => {
    const self = replicaName('a');
    const effects: Effects = {
      records: [
        { type: 'promised', lsn: lsn(3), ballot: B },
        { type: 'accepted', lsn: lsn(4), slot: slot(6), ballot: B, value: NOOP },
        { type: 'decided', lsn: lsn(5), slot: slot(6), value: readValue('batch(2 B at 9)') },
      ],
      identity: [{ type: 'heard', name: PEER, store: storeOf('b') }],
      decided: [{ slot: slot(6), value: NOOP }],
      read: { upTo: 3, slot: slot(7) },
      sends: [
        { to: [PEER, replicaName('c')], message: readText('prepare 3.a'), after: lsn(3) },
        { to: [PEER], message: readText('fetch 1'), after: lsn(0) },
      ],
      ranges: [{ peer: PEER, from: slot(1), to: slot(2) }],
      snapshot: PEER,
      loss: true,
      repair: {
        promised: B,
        highestSlot: slot(9),
        nextLsn: lsn(70),
        faulty: [
          { from: slot(7), to: slot(7), ballot: DECIDED },
          { from: slot(8), to: slot(9), ballot: B },
        ],
      },
      divergence: { agreedUpTo: slot(4) },
      roles: [{ type: 'led', ballot: B }],
      refusals: [{ peer: PEER, reason: 'founded apart' }],
      ignored: ['prepare: below the promise'],
      wakeAt: 9,
    };
    const lines = [
      'log 3: promised 3.a',
      'log 4: accepted 6@3.a=noop',
      'log 5: decided 6=batch(2 B at 9)',
      'keep heard b=00000b',
      'decide 6=noop',
      'grant reads up to 3 at slot 7',
      'a → b,c prepare 3.a (after lsn 3)',
      'a → b fetch 1',
      'read the log 1-2 for b',
      'pull a snapshot of b',
      'note that the end of the log is gone',
      'repair the log: promised 3.a, highest 9, next lsn 70, faulty 7@decided 8-9@3.a',
      'trust nothing above slot 4',
      'leads 3.a',
      'refuse b: founded apart',
      'ignore prepare: below the promise',
    ];
    expect(describeEffects(effects, self)).to.deep.equal(lines);
    expect(describeEffects(effects)).to.deep.equal(lines.map((line) => line.replace(/^a →/, '→')));
  });
});

function readText(line: string) {
  return readMessage(line, new Puppet(replicaName('b'), 2, [], slot(0)).defaults(0));
}

function linkUp() {
  return {
    type: 'link-up',
    peer: replicaName('b'),
    store: storeOf('b'),
    incarnation: incarnation(2),
    founding: '',
  } as const;
}
