/** What is asked of a report on the command line of the bench. */
import type { PlanName } from './plan.js';
import type { Ground } from './system.js';

export const parts = ['table', 'targets', 'sweeps'] as const;
export type Part = (typeof parts)[number];

export interface ReportOptions extends Ground {
  readonly plan: PlanName;
  readonly only: readonly Part[];
  /** The directory of the page; undefined: that of the documentation. */
  readonly out: string | undefined;
  /** As it was typed. */
  readonly commandLine: string;
}

export interface Given {
  readonly report: string | undefined;
  readonly only: readonly Part[];
  readonly out: string | undefined;
  readonly data: string;
}

/** What is measured is fixed by the report; only where is not. */
const own = ['report', 'only', 'out', 'data'];

/** `--report` alone is the full one, for the documentation; a quick one must go elsewhere. Throws a plain sentence. */
export function reportOptions(
  { report, only, out, data }: Given,
  argv: readonly string[],
  passedOn: readonly string[],
): ReportOptions | undefined {
  if (report === undefined) {
    if (out !== undefined) throw new Error('--out is where a --report goes');
    if (only.length < parts.length) throw new Error('--only is for parts of a --report');
    return undefined;
  }
  const other = namesIn(argv).find((name) => !own.includes(name));
  if (other !== undefined) throw new Error(`--${other} has no place in a --report, which measures always the same`);
  const plan = report === '' ? 'full' : report;
  if (plan !== 'full' && plan !== 'quick') throw new Error(`--report: '${report}' is not quick`);
  if (plan === 'quick' && out === undefined) throw new Error('--report quick needs --out DIR: it is not for the docs');
  // Whose directories these were is nobody's business.
  const typed = argv.map((word) => {
    const joined = /^--(data|out)=/.exec(word);
    if (joined !== null) return `--${joined[1]}=${joined[1]?.toUpperCase()}`;
    return word === data ? 'DATA' : word === out ? 'OUT' : word;
  });
  const commandLine = ['npm run bench --', ...typed].join(' ');
  return { plan, only, out, commandLine, parent: data, passedOn };
}

/** The options that were typed, without those that are passed on behind `--`. */
function namesIn(argv: readonly string[]): string[] {
  const end = argv.indexOf('--');
  return argv.slice(0, end === -1 ? argv.length : end).flatMap((word) => /^--([\w-]+)/.exec(word)?.[1] ?? []);
}
