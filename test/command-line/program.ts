/** What a test program says of its command line. */
import type { Options } from './option.js';

export interface Program<O extends Options> {
  readonly name: string;
  readonly usage: string;
  readonly options: O;
  /** Headings of the help, with the names of options that stand below. */
  readonly groups?: Readonly<Record<string, readonly string[]>>;
  readonly examples: readonly (readonly [command: string, what: string])[];
  /** By option, the one without which it has no effect. */
  readonly goesWith?: Readonly<Record<string, string>>;
  /** By option, those that have no effect beside it. */
  readonly replaces?: Readonly<Record<string, readonly string[]>>;
  /** What stands behind `--` is for somebody else. */
  readonly passesOn?: true;
}
