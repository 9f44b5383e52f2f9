/**
 * A mistake of the person who started the program: told in one plain line, without a stack, and with exit code 2.
 */

export class UsageError extends Error {
  override readonly name = 'UsageError';
}
