/** For tests of checks: expects that one of them fails. */

import { expect } from 'chai';
import { Violation } from './violation.js';

/** Expects that `what` violates this very check. */
export function violated(check: string, what: () => void): void {
  try {
    what();
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    expect(error.check).to.equal(check);
    return;
  }
  expect.fail(`${check} was not violated`);
}
