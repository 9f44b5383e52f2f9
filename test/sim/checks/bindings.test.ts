// The bindings kept beside the replicas, one scene each: what happens to an acceptor, and whether it may promise then.

import { lsn, replicaName, slot } from '#src/base/ids.js';
import { type Effects, type Input, noEffects } from '#src/paxos/effects.js';
import type { PeerMessage } from '#src/paxos/message.js';
import { readBallot, readMessage } from '../../paxos/support/notation.js';
import { Puppet } from '../../paxos/support/puppet.js';
import { Bindings } from './bindings.js';
import { violated } from './violated.js';

const LEASE_MS = 300;

const message = (text: string): PeerMessage =>
  readMessage(text, new Puppet(replicaName('b'), 2, [], slot(0)).defaults(0));

const heard = (from: string, text: string): Input => ({
  type: 'message',
  from: replicaName(from),
  message: message(text),
});

function effects(texts: readonly string[], roles: Effects['roles'] = []): Effects {
  const sends = texts.map((text) => ({ to: [], message: message(text), after: lsn(0) }));
  return { ...noEffects(), sends, roles };
}

/** A step at a time: what came in, and what left. */
interface Step {
  readonly at: number;
  readonly input: Input;
  readonly says?: readonly string[];
  readonly roles?: Effects['roles'];
}

const WAKE: Input = { type: 'wake' };
const BOUND: Step = { at: 0, input: heard('b', 'heartbeat 7 lead 2.b'), says: ['echo 7 grants 2.b'] };
const promises = (at: number, ballot: string): Step => ({
  at,
  input: heard('c', `prepare ${ballot}`),
  says: [`promise ${ballot}, decided 0`],
});
const stopped: Effects['roles'] = [{ type: 'stopped', ballot: readBallot('2.b'), why: 'handed over' }];

interface Scene {
  readonly what: string;
  readonly steps: readonly Step[];
  readonly violates?: string;
  readonly hasLivedBefore?: true;
}

const REFUSE = 'bound acceptors refuse others';

const SCENES: readonly Scene[] = [
  { what: 'a free one promises', steps: [promises(0, '3.c')] },
  { what: 'a bound one does not', steps: [BOUND, promises(299, '3.c')], violates: REFUSE },
  { what: 'a bound one does, to whom it is bound', steps: [BOUND, promises(10, '3.b')] },
  { what: 'the lease is over', steps: [BOUND, promises(300, '3.c')] },
  {
    what: 'a heartbeat renews it',
    steps: [
      BOUND,
      { at: 200, input: heard('b', 'heartbeat 8 lead 2.b'), says: ['echo 8 grants 2.b'] },
      promises(400, '3.c'),
    ],
    violates: REFUSE,
  },
  {
    what: 'an echo that is sent again does not',
    steps: [BOUND, { at: 200, input: heard('c', 'prepare 3.c'), says: ['echo 7 grants 2.b'] }, promises(400, '3.c')],
  },
  {
    what: 'an echo without a grant does not',
    steps: [
      BOUND,
      { at: 200, input: heard('b', 'heartbeat 8 lead 2.b'), says: ['echo 8 grants nothing'] },
      promises(400, '3.c'),
    ],
  },
  {
    what: 'its leader released it',
    steps: [BOUND, { at: 5, input: heard('b', 'heartbeat 8 release 2.b to c') }, promises(6, '3.c')],
  },
  {
    what: 'somebody else may not release it',
    steps: [BOUND, { at: 5, input: heard('c', 'heartbeat 8 release 2.b to c') }, promises(6, '3.c')],
    violates: REFUSE,
  },
  {
    what: 'another ballot was released',
    steps: [BOUND, { at: 5, input: heard('b', 'heartbeat 8 release 1.b to c') }, promises(6, '3.c')],
    violates: REFUSE,
  },
  {
    what: 'it accepted in a higher ballot',
    steps: [BOUND, { at: 5, input: heard('c', 'accept 3.c, chosen 0') }, promises(6, '4.c')],
  },
  {
    what: 'it accepted in a lower ballot',
    steps: [BOUND, { at: 5, input: heard('a', 'accept 2.a, chosen 0') }, promises(6, '4.c')],
    violates: REFUSE,
  },
  {
    what: 'a leader is bound to itself',
    steps: [{ at: 0, input: WAKE, says: ['heartbeat 1 lead 2.b'] }, promises(299, '3.c')],
    violates: REFUSE,
  },
  {
    what: 'a leader that stopped is not',
    steps: [
      { at: 0, input: WAKE, says: ['heartbeat 1 lead 2.b'] },
      { at: 5, input: WAKE, roles: stopped },
      promises(6, '3.c'),
    ],
  },
  {
    what: 'it was bound anew, to a lower ballot, when the lease was over',
    steps: [
      BOUND,
      { at: 300, input: heard('a', 'heartbeat 3 lead 2.a'), says: ['echo 3 grants 2.a'] },
      promises(599, '3.c'),
    ],
    violates: REFUSE,
  },
  { what: 'a restarted one waits', steps: [promises(299, '3.c')], violates: 'the restart wait', hasLivedBefore: true },
  { what: 'a restarted one has waited', steps: [promises(300, '3.c')], hasLivedBefore: true },
];

describe('the bindings', () => {
  for (const { what, steps, violates, hasLivedBefore = false } of SCENES) {
    it(`${violates === undefined ? 'allow' : 'forbid'} a promise: ${what}`, () => {
      const bindings = new Bindings('a', LEASE_MS, hasLivedBefore, 0);
      const play = (): void => {
        for (const { at, input, says = [], roles = [] } of steps) bindings.step(input, effects(says, roles), at);
      };
      if (violates === undefined) play();
      else violated(violates, play);
    });
  }
});
