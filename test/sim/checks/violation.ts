/** What a check found wrong: which rule, and what was seen. The first one ends the run. */

export class Violation extends Error {
  override readonly name = 'Violation';
  readonly check: string;

  constructor(check: string, message: string) {
    super(message);
    this.check = check;
  }
}
