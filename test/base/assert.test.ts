// The assertions must throw their own class, with a message that names what was wrong.

import { expect } from 'chai';
import { assert, InvariantViolation, must, unreachable } from '#src/base/assert.js';

describe('assert', () => {
  it('passes what is true and stops at what is not', () => {
    expect(() => assert(1, 'fine')).not.to.throw();
    expect(() => assert(0, 'ballots went back')).to.throw(InvariantViolation, 'ballots went back');
  });

  it('has a name that a crash report shows', () => {
    expect(String(new InvariantViolation('x'))).to.equal('InvariantViolation: x');
  });
});

describe('must', () => {
  it('returns the value, falsy ones included', () => {
    expect(must(0, 'zero')).to.equal(0);
    expect(must('', 'empty')).to.equal('');
  });

  it('names what is missing', () => {
    for (const missing of [undefined, null]) {
      expect(() => must(missing, 'the leader')).to.throw(InvariantViolation, 'missing: the leader');
    }
  });
});

describe('unreachable', () => {
  it('names the member of the union that nobody handled', () => {
    expect(() => unreachable({ type: 'Accept' } as never)).to.throw(InvariantViolation, 'type Accept');
    expect(() => unreachable('lease' as never)).to.throw(InvariantViolation, 'lease');
  });
});
