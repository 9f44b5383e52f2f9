// The search by unique values must agree with the simulator's on many small random histories, right and wrong ones, with and
// without what makes a history lighter (SYNOD_SEED=n repeats them). And it must pay: a busy key with dozens of clients at once is
// decided.
import { expect } from 'chai';
import { search } from '../sim/checks/linearizability.js';
import type { Kind, Operation } from '../sim/clients/history.js';
import { Random } from '../sim/world/random.js';
import { explain } from './explanation.js';
import { lighten } from './lighten.js';

const never = Number.POSITIVE_INFINITY;

interface Shape {
  readonly operations: number;
  readonly clients: number;
  readonly readShare: number;
  /** Chance that an answer is not the one it should have been. */
  readonly wrongShare: number;
  readonly unknownShare: number;
}

/** Clients in closed loops on a key: everything takes effect at a moment between its call and its return. */
function history(random: Random, shape: Shape): Operation[] {
  const freeAt = Array.from({ length: shape.clients }, () => 0);
  const made = Array.from({ length: shape.operations }, (_, id) => {
    const client = random.below(shape.clients);
    const called = (freeAt[client] ?? 0) + random.fraction();
    const at = called + 3 * random.fraction();
    const isUnknown = random.chance(shape.unknownShare);
    const returned = at + 3 * random.fraction();
    freeAt[client] = returned;
    const kind: Kind = random.chance(shape.readShare) ? 'get' : random.chance(0.2) ? 'delete' : 'put';
    // At times the same value is written twice, as by a client that asks again.
    const token = kind === 'put' ? `w${random.chance(0.1) ? id - 1 : id}` : '';
    return { id, client, kind, token, called, returned: isUnknown ? never : returned, at };
  });
  let state: string | null = null;
  const tokens = made.map(({ token }) => token);
  const operations: Operation[] = [];
  for (const { kind, token, client, id, called, returned } of made.sort((a, b) => a.at - b.at)) {
    const isUnknown = returned === never;
    if (isUnknown && kind === 'get') continue;
    const before: string | null = state;
    const happens = !isUnknown || random.chance(0.5);
    if (happens && kind === 'put') state = token;
    if (happens && kind === 'delete') state = null;
    const isWrong = random.chance(shape.wrongShare);
    const read = isWrong ? random.pick(tokens) || null : before;
    const count = (before === null) === isWrong ? 1 : 0;
    const output = kind === 'get' ? read : kind === 'delete' && !isUnknown ? count : null;
    operations.push({ id, client: `c${client}`, kind, key: 'k', token, called, returned, output, after: -1, hint: -1 });
  }
  return operations;
}

describe('the explanation of a history', function () {
  this.timeout(60_000);

  it('is found exactly where the other search finds one', () => {
    const seed = Number(process.env.SYNOD_SEED ?? Math.floor(Math.random() * 2 ** 31));
    const random = new Random(seed, 'histories');
    const seen = { linearizable: 0, 'not linearizable': 0, undecided: 0 };
    for (let n = 0; n < 10_000; n++) {
      const wrongShare = random.pick([0, 0.05, 0.3]);
      const shape = { operations: 8, clients: random.pick([2, 3, 5]), readShare: 0.5, wrongShare, unknownShare: 0.1 };
      const whole = history(random, shape);
      const verdict = search(whole);
      seen[verdict]++;
      const told = JSON.stringify(whole);
      const verdicts = [explain(whole), search(lighten(whole)), explain(lighten(whole))];
      expect(verdicts, `SYNOD_SEED=${seed}, history ${n}: ${told}`).to.deep.equal([verdict, verdict, verdict]);
    }
    expect(seen.undecided).to.equal(0);
    expect(Math.min(seen.linearizable, seen['not linearizable'])).to.be.greaterThan(1_000);
  });

  it('is found for a busy key', () => {
    const random = new Random(1, 'busy');
    const shape = { operations: 4_000, clients: 60, readShare: 0.8, wrongShare: 0, unknownShare: 0.005 };
    expect(explain(lighten(history(random, shape)))).to.equal('linearizable');
  });
});
