/** What a check found wrong: which rule, and what was seen. The first one ends the run. */

/** Something the program should never do, in the middle of nowhere in the code. */
export const CRASH = 'no fault of the program';

/** The program itself said that it must not go on. */
export const ASSERTION = 'what the program asserts';

/**
 * No fault of anybody: more was damaged than can be noticed (docs/verification.md, *Not covered*), and nothing can be asked
 * of the run any more.
 */
export const BEYOND_PROOF = 'nothing, the damage is beyond proof';

export class Violation extends Error {
  override readonly name = 'Violation';
  readonly check: string;

  constructor(check: string, message: string) {
    super(message);
    this.check = check;
  }
}
