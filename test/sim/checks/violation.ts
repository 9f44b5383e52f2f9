/** What a check found wrong: which rule, and what was seen. The first one ends the run. */

/** Something the program should never do, in the middle of nowhere in the code. */
export const CRASH = 'no fault of the program';

/** The program itself said that it must not go on. */
export const ASSERTION = 'what the program asserts';

export class Violation extends Error {
  override readonly name = 'Violation';
  readonly check: string;

  constructor(check: string, message: string) {
    super(message);
    this.check = check;
  }
}
