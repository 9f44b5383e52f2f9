// A failing run is made smaller: what does not matter goes, what matters stays, and only the same failure counts.

import { expect } from 'chai';
import type { Done } from './job.js';
import { drawPlan, type Plan } from './plan.js';
import { shrink } from './shrink.js';

const SEED = 4;

/** A run that fails when the plan still has what it takes. */
function play(fails: (plan: Plan) => string | null): (plan: Plan) => Done {
  return (plan) => {
    const check = fails(plan);
    const violation = check === null ? null : { check, message: '' };
    return { seed: SEED, hash: '', violation, simulatedMs: plan.stormMs, operations: 0, events: 0, coverage: {} };
  };
}

const wishes = { replicas: 3, seconds: 20 };
const ids = (plan: Plan): number[] => plan.faults.map(({ id }) => id);

describe('shrinking', () => {
  it('finds the two faults that matter', () => {
    const all = ids(drawPlan(SEED, wishes));
    const [first = 0, second = 0] = [all[3], all[all.length - 2]];
    const needed = play((plan) => (ids(plan).includes(first) && ids(plan).includes(second) ? 'it broke' : null));
    const smaller = shrink(needed(drawPlan(SEED, wishes)), wishes, () => true, needed);
    expect(smaller.wishes.faults).to.deep.equal([first, second]);
    expect(smaller.wishes.clients).to.equal(1);
    expect(smaller.outcome.violation?.check).to.equal('it broke');
  });

  it('keeps what the failure needs: replicas, clients, time', () => {
    const needed = play((plan) => {
      const isLarge = plan.shape.names.length === 3 && plan.workload.clients >= 3 && plan.stormMs > 5_000;
      return isLarge ? 'it broke' : null;
    });
    const smaller = shrink(needed(drawPlan(SEED, wishes)), wishes, () => true, needed);
    expect(smaller.wishes).to.deep.equal({ replicas: 3, seconds: 20, until: 8_000, faults: [], clients: 4 });
  });

  it('does not take another failure for the one it is after', () => {
    const needed = play((plan) => (plan.faults.length > 5 ? 'it broke' : 'something else'));
    const smaller = shrink(needed(drawPlan(SEED, wishes)), wishes, () => true, needed);
    expect(smaller.wishes.faults).to.have.length(6);
  });

  it('stops when it is told to', () => {
    let left = 3;
    const needed = play(() => 'it broke');
    const smaller = shrink(needed(drawPlan(SEED, wishes)), wishes, () => left-- > 0, needed);
    expect(smaller.tried).to.equal(3);
  });
});
