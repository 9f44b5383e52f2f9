/**
 * Coded errors: an operating failure (a disk, a socket, a configuration) that somebody has to understand, as opposed to a
 * broken invariant (see assert.ts), which stops the process, and a protocol refusal, which is plain data.
 */

/** An operating failure: a stable code word, one sentence for a person, data for a program, and the cause if there is one. */
export class CodedError extends Error {
  readonly code: string;
  readonly data: Readonly<Record<string, string | number | boolean>>;

  constructor(
    code: string,
    message: string,
    data: Readonly<Record<string, string | number | boolean>> = {},
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'CodedError';
    this.code = code;
    this.data = data;
  }
}

/** The message of anything that was thrown, for a log line. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
