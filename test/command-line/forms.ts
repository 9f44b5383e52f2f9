/**
 * How one value on a command line is read. Each form throws a plain sentence that quotes what was typed; whose value it was is
 * added by whoever knows the option.
 */
import { nearestTo } from '#src/base/nearest.js';

export interface Form<T> {
  /** As the help calls it. */
  readonly kind: 'number' | 'string';
  /** All there are, where they are few. */
  readonly choices?: readonly string[];
  read(text: string): T;
}

/** 1e6 is handy for keys; signs, hexadecimals and blanks are slips. */
const NUMERAL = /^(\d+(\.\d+)?|\.\d+)(e\d+)?$/;

export const positive = numeral('a number above 0', (n) => n > 0);
export const notNegative = numeral('a number from 0 on', () => true);
export const share = numeral('a number from 0 to 1', (n) => n <= 1);

export function whole(least: number, most = Number.MAX_SAFE_INTEGER): Form<number> {
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least} on` : `from ${least} to ${most}`;
  return numeral(`a whole number ${range}`, (n) => Number.isSafeInteger(n) && n >= least && n <= most);
}

export const text: Form<string> = {
  kind: 'string',
  read: (typed) => {
    if (typed === '') throw new Error('must not be empty');
    return typed;
  },
};

export function choice<T extends string>(choices: readonly T[]): Form<T> {
  return {
    kind: 'string',
    choices,
    read: (typed) => {
      const chosen = choices.find((candidate) => candidate === typed);
      if (chosen !== undefined) return chosen;
      const meant = nearestTo(typed, choices);
      const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
      throw new Error(`'${typed}' is none of ${choices.join(', ')}${hint}`);
    },
  };
}

/** With commas between them. */
export function list<T>(form: Form<T>): Form<readonly T[]> {
  return { kind: 'string', read: (typed) => typed.split(',').map((part) => form.read(part)) };
}

function numeral(what: string, fits: (n: number) => boolean): Form<number> {
  return {
    kind: 'number',
    read: (typed) => {
      const n = NUMERAL.test(typed) ? Number(typed) : Number.NaN;
      if (Number.isFinite(n) && fits(n)) return n;
      throw new Error(`'${typed}' is not ${what}`);
    },
  };
}
