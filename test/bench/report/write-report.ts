/**
 * `npm run bench -- --report`: measures all parts and writes them into a page, with plots beside it. What stands on the page
 * outside of the generated sections is kept.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { svgOf } from './chart.js';
import { costTable } from './cost.js';
import { type Measured, runCourse } from './course.js';
import { withSections } from './document.js';
import { machineTable, stamp } from './machine.js';
import { notes } from './markdown.js';
import type { Part, ReportOptions } from './options.js';
import { measureHalf, measureIdle } from './own.js';
import { type Pace, plans, usual } from './plan.js';
import { byClients, inOrder, otherSweeps, plotsOf, type Sweep } from './sweep.js';
import { installed, systemNames } from './system.js';
import { systemTable } from './system-table.js';
import { comparisonTable, find } from './table.js';
import { targetTable } from './target.js';
import { nameOf, tableWorks } from './work.js';

const docs = fileURLToPath(new URL('../../../../docs', import.meta.url));
const page = 'benchmarks.md';
const plotsDirectory = 'benchmarks';

/** Resolves when the page is written; `say` is told what is being measured. */
export async function writeReport(options: ReportOptions, say: (line: string) => void): Promise<string> {
  const file = join(options.out ?? docs, page);
  const template = await readFile(existsSync(file) ? file : join(docs, page), 'utf8');
  const report = new Report(options, say);
  const write = async (): Promise<void> => {
    await mkdir(join(options.out ?? docs, plotsDirectory), { recursive: true });
    for (const [name, svg] of report.plots) await writeFile(join(options.out ?? docs, plotsDirectory, name), svg);
    await writeFile(file, withSections(template, report.sections));
  };
  try {
    await report.measure();
  } finally {
    // What was measured before something failed has taken long.
    await write();
  }
  return file;
}

function howOf({ rounds, durationMs }: Pace): string {
  const each = `${durationMs / 1000} s`;
  return `${rounds === 1 ? `One round of ${each}` : `Medians of ${rounds} rounds of ${each}, in turns`}; ${stamp()}.`;
}

class Report {
  readonly sections = new Map<string, string>();
  readonly plots = new Map<string, string>();
  readonly #options: ReportOptions;
  readonly #say: (line: string) => void;

  constructor(options: ReportOptions, say: (line: string) => void) {
    this.#options = options;
    this.#say = say;
  }

  /** The targets compare what the table and the sweep of clients find, so these are measured for them, too. */
  async measure(): Promise<void> {
    const { plan, commandLine, only } = this.#options;
    const wants = (...which: readonly Part[]): boolean => which.some((part) => only.includes(part));
    const quick = plan === 'quick' ? '**A quick try: so short a time tells nothing.**\n\n' : '';
    this.sections.set('machine', quick + machineTable(commandLine));
    const table = wants('table', 'targets') ? await this.#table() : [];
    const clients = wants('sweeps', 'targets') ? await this.#sweep(byClients) : [];
    if (wants('targets')) await this.#targets(table, clients);
    if (wants('sweeps')) for (const sweep of otherSweeps) await this.#sweep(sweep);
  }

  async #table(): Promise<readonly Measured[]> {
    const { plan, parent } = this.#options;
    const pace = plans[plan].table;
    const systems = installed(systemNames, this.#options);
    const steps = [{ ...usual, works: tableWorks }];
    const result = await runCourse({ name: 'table', systems, steps, pace, parent }, this.#say);
    const { measured, troubles, commandLines } = result;
    const rows = tableWorks.flatMap((work) => systemNames.flatMap((name) => find(measured, name, work) ?? []));
    this.sections.set('systems', systemTable(commandLines));
    this.sections.set('table', [comparisonTable(measured, tableWorks), howOf(pace), notes(troubles)].join('\n\n'));
    const costs = costTable('', rows, ({ work }) => nameOf(work));
    this.sections.set('costs', [costs, howOf(pace)].join('\n\n'));
    return measured;
  }

  async #sweep(sweep: Sweep): Promise<readonly Measured[]> {
    const course = sweep.course(plans[this.#options.plan], this.#options);
    const { measured, troubles } = await runCourse(course, this.#say);
    const images = plotsOf(sweep).map(([kind, file]) => {
      const chart = sweep.chart(kind, measured);
      this.plots.set(file, svgOf(chart));
      return `![${chart.title}](${plotsDirectory}/${file})`;
    });
    const labelOf = (one: Measured): string => `${one.work.kind}, ${sweep.textOf(sweep.varied(one))}`;
    const table = costTable(sweep.factor, inOrder(sweep, measured), labelOf);
    this.sections.set(sweep.name, [...images, table, howOf(course.pace), notes(troubles)].join('\n\n'));
    return measured;
  }

  async #targets(table: readonly Measured[], clients: readonly Measured[]): Promise<void> {
    const plan = plans[this.#options.plan];
    this.#say('puts at half of full speed');
    const half = await measureHalf(this.#options, plan.half);
    this.#say('an idle cluster');
    const idle = await measureIdle(this.#options, plan.idle);
    this.sections.set('targets', `${targetTable({ table, clients, half, idle })}\n\nMeasured ${stamp()}.`);
  }
}
