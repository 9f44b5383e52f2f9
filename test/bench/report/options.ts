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

/** `--report` alone is the full one, for the documentation; a quick one must go elsewhere. Throws a plain sentence. */
export function reportOptions(
  { report, only, out, data }: Given,
  argv: readonly string[],
  passedOn: readonly string[],
): ReportOptions | undefined {
  if (report === undefined) {
    if (out !== undefined) throw new Error('--out is where a --report goes');
    return undefined;
  }
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
