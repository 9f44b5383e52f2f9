/**
 * The three ways in which code says "this cannot happen". A broken invariant means that continuing could damage data, so
 * it throws an error that nobody catches and the process stops. Operating failures (a full disk, a lost peer) and users'
 * mistakes are not invariants: they have coded errors of their own.
 */

/** A broken invariant: a fault of the program, never of its surroundings. Nobody may catch it and go on. */
export class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation';
}

/** Stops the program unless `condition` holds. The message is for the person who reads the crash. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantViolation(message);
}

/** Returns `value`, which the caller knows to be there; `what` names it if the caller was wrong. */
export function must<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw new InvariantViolation(`missing: ${what}`);
  return value;
}

/** Closes a union: compiles only where every member has been handled. */
export function unreachable(value: never): never {
  throw new InvariantViolation(`unreachable: ${describe(value)}`);
}

function describe(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'type' in value) return `type ${String(value.type)}`;
  return String(value);
}
