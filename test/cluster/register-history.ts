/**
 * A checker of linearizability for the simplest history there is: every key has one writer, which writes 1, 2, 3 … and waits
 * for each, and stops using the key once an outcome is unknown. Then a read is right exactly if it returns no less than what
 * was acknowledged or read before it began, and no more than what was begun before it ended. Checked as it happens.
 */

interface Register {
  /** Highest value that was acknowledged, or returned by a read that has ended. */
  settled: number;
  /** Highest value whose write was begun. */
  begun: number;
  /** Values of which the store said for certain that they were not written. */
  readonly refused: Set<number>;
}

export class RegisterHistory {
  readonly violations: string[] = [];
  readonly #registers = new Map<string, Register>();
  writes = 0;
  reads = 0;

  get keys(): readonly string[] {
    return [...this.#registers.keys()];
  }

  writeBegins(key: string, value: number): void {
    this.#register(key).begun = value;
  }

  writeAcknowledged(key: string, value: number): void {
    const register = this.#register(key);
    register.settled = Math.max(register.settled, value);
    this.writes++;
  }

  writeRefused(key: string, value: number): void {
    this.#register(key).refused.add(value);
  }

  /** Returns what `readEnds` needs: the least that the read may return. */
  readBegins(key: string): number {
    return this.#register(key).settled;
  }

  /** `value` is 0 when nothing was found. */
  readEnds(key: string, least: number, value: number, where: string): void {
    const register = this.#register(key);
    this.reads++;
    if (value < least)
      this.violations.push(`${where}: GET ${key} gave ${value} after ${least} was acknowledged or read`);
    if (value > register.begun) this.violations.push(`${where}: GET ${key} gave ${value}, which nobody wrote`);
    if (register.refused.has(value)) this.violations.push(`${where}: GET ${key} gave ${value}, which was refused`);
    register.settled = Math.max(register.settled, value);
  }

  #register(key: string): Register {
    let register = this.#registers.get(key);
    if (register === undefined) {
      register = { settled: 0, begun: 0, refused: new Set() };
      this.#registers.set(key, register);
    }
    return register;
  }
}
