/** What a leader lets into its log: exactly the next parcel of every session, in order, within its queue, joined into batches. */

import { expect } from 'chai';
import { Admission } from '#src/paxos/admission.js';
import { BATCH_BYTES, QUEUE_BYTES } from '#src/paxos/timing.js';
import { parcel, Sessions } from './support/makers.js';
import { Random } from './support/random.js';

/** The state machine has executed 2.1 to 2.5 of store a; parcels then come, as `life first count`. What is admitted. */
const ROWS: readonly (readonly [parcels: string, admitted: string])[] = [
  ['2 6 1', 'y'],
  ['2 5 1', 'n'],
  ['2 7 1', 'n'],
  ['2 5 2', 'n'],
  ['1 6 1', 'n'],
  ['1 1 1', 'n'],
  ['3 1 1', 'y'],
  ['3 2 1', 'n'],
  ['3 6 1', 'n'],
  ['2 6 3, 2 9 1', 'y y'],
  ['2 6 3, 2 8 1', 'y n'],
  ['2 6 3, 2 6 3', 'y n'],
  ['2 6 3, 2 10 1, 2 9 1, 2 10 1', 'y n y y'],
  ['2 6 1, 3 1 1, 2 7 1, 3 2 1', 'y y n y'],
  ['3 1 1, 2 6 1', 'y n'],
];

describe('admission', () => {
  for (const [parcels, admitted] of ROWS) {
    it(`after 2.5: ${parcels} → ${admitted}`, () => {
      const sessions = new Sessions();
      sessions.applied('a', 2, 5);
      const admission = new Admission(sessions);
      const results = parcels.split(', ').map((text) => {
        const [life, first, count] = text.split(' ').map(Number);
        return admission.admit(parcel('a', life ?? 0, first ?? 0, count ?? 0)) === null ? 'y' : 'n';
      });
      expect(results.join(' ')).to.equal(admitted);
    });
  }

  it('begins at 1 for a store that nothing was executed of, and keeps stores apart', () => {
    const admission = new Admission(new Sessions());
    expect(admission.admit(parcel('a', 7, 2, 1))).to.equal('sequence 2 where 1 is next');
    expect(admission.admit(parcel('a', 7, 1, 2))).to.equal(null);
    expect(admission.admit(parcel('b', 9, 1, 1))).to.equal(null);
    expect(admission.admit(parcel('b', 8, 1, 1))).to.equal('a newer session of that store is known');
    expect(admission.admit(parcel('a', 7, 3, 1))).to.equal(null);
  });

  it('goes by what it let in, not by what was executed meanwhile', () => {
    const sessions = new Sessions();
    const admission = new Admission(sessions);
    admission.admit(parcel('a', 1, 1, 4));
    sessions.applied('a', 1, 2);
    expect(admission.admit(parcel('a', 1, 3, 1))).not.to.equal(null);
    expect(admission.admit(parcel('a', 1, 5, 1))).to.equal(null);
  });

  it('joins parcels in order, and closes a batch before it grows too large', () => {
    const admission = new Admission(new Sessions());
    const sizes = [BATCH_BYTES - 10, 10, 1, BATCH_BYTES + 1, 5];
    for (const [i, size] of sizes.entries()) admission.admit(parcel('a', 1, i + 1, 1, size));
    const batches: number[] = [];
    for (let batch = admission.take(3); batch !== null; batch = admission.take(3)) {
      expect(batch.stamp).to.equal(3);
      batches.push(batch.bytes.length);
    }
    expect(batches).to.deep.equal([BATCH_BYTES, 1, BATCH_BYTES + 1, 5]);
    expect(admission.isEmpty).to.equal(true);
  });

  it('refuses what its queue has no room for, but one alone; and lets it in when there is room', () => {
    const admission = new Admission(new Sessions());
    expect(admission.admit(parcel('a', 1, 1, 1, QUEUE_BYTES + 1))).to.equal(null);
    expect(admission.admit(parcel('a', 1, 2, 1, 1))).to.equal('the queue is full');
    admission.take(0);
    expect(admission.admit(parcel('a', 1, 2, 1, QUEUE_BYTES))).to.equal(null);
    expect(admission.admit(parcel('b', 1, 1, 1, 1))).to.equal('the queue is full');
    expect(admission.take(0)?.bytes).to.have.length(QUEUE_BYTES);
    expect(admission.admit(parcel('b', 1, 1, 1, 1))).to.equal(null);
  });

  it('gives out every byte in the order of admission, however takes and admissions mix', () => {
    const random = new Random(2);
    const admission = new Admission(new Sessions());
    const bytesIn: number[] = [];
    const bytesOut: number[] = [];
    for (let next = 1; next <= 5_000; ) {
      if (random.chance(0.9)) {
        const one = parcel('a', 1, next, 1, 1 + random.below(5));
        one.bytes.fill(next % 251);
        bytesIn.push(...one.bytes);
        expect(admission.admit(one)).to.equal(null);
        next += 1;
      } else {
        bytesOut.push(...(admission.take(0)?.bytes ?? []));
      }
    }
    for (let batch = admission.take(0); batch !== null; batch = admission.take(0)) bytesOut.push(...batch.bytes);
    expect(Buffer.from(bytesOut).equals(Buffer.from(bytesIn))).to.equal(true);
  });
});
