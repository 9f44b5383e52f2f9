/**
 * A mistake of the person who started the program: told in one plain line, without a stack, and with exit code 2.
 */

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What yargs complains of, in the words of the daemon. */
export function plainly(message: string): string {
  return message
    .replace(/^Unknown arguments?: (.*)$/, (_all, names: string) => {
      return `unknown option ${names.replace(/[^, ]+/g, (name) => `--${name.replace(/^-+/, '')}`)}`;
    })
    .replace(/^Not enough arguments following: (.*)$/, '--$1 needs a value');
}
