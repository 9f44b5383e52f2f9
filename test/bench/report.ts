/** Makes tables for people of what was measured. */
import { errorsOf, type LoadResult, rateOf } from './load.js';
import { type Scenario, verdict } from './scenario.js';

/** A ratio says little when one generator had to work that much harder than the other, on the same machine. */
const doubtfulCores = 0.5;

const header = ['', 'op/s', 'p50 ms', 'p99', 'p99.9', 'max', 'generator', 'errors'];

export function scenarioReport(scenario: Scenario, results: ReadonlyMap<string, LoadResult>): string {
  const rows = [header, ...[...results].map(([name, result]) => resultRow(name, result))];
  const own = results.get('synod');
  const notes: string[] = [];
  for (const [name, other] of results) {
    if (own === undefined || name === 'synod') continue;
    rows.push(ratioRow(name, own, other));
    if (Math.abs(own.cpu - other.cpu) > doubtfulCores) {
      notes.push(
        `doubtful: the generators used ${own.cpu.toFixed(2)} (synod) and ${other.cpu.toFixed(2)} cores (${name})`,
      );
    }
  }
  const judged = scenario.target === undefined ? undefined : verdict(scenario.target, results);
  if (judged !== undefined) notes.push(judged);
  for (const [name, { missing, errors }] of results) {
    if (missing > 0) notes.push(`${name}: ${missing} GETs found nothing`);
    for (const [text, count] of Object.entries(errors)) notes.push(`${name}: ${count} × ${text}`);
  }
  return [scenario.name, table(rows), ...notes.map((note) => `  ${note}`), ''].join('\n');
}

function resultRow(name: string, result: LoadResult): readonly string[] {
  const { p50, p99, p999, max } = result.latencyMs;
  const latencies = [p50, p99, p999, max].map(milliseconds);
  return [name, whole(rateOf(result)), ...latencies, `${result.cpu.toFixed(2)} cores`, whole(errorsOf(result))];
}

function ratioRow(name: string, own: LoadResult, other: LoadResult): readonly string[] {
  const ratio = (a: number, b: number): string => (b === 0 ? '' : `${(a / b).toFixed(2)} ×`);
  const latencies = (['p50', 'p99', 'p999', 'max'] as const).map((key) =>
    ratio(own.latencyMs[key], other.latencyMs[key]),
  );
  return [`synod / ${name}`, ratio(rateOf(own), rateOf(other)), ...latencies, '', ''];
}

export const whole = (n: number): string => Math.round(n).toLocaleString('en');

export function milliseconds(ms: number): string {
  return ms < 10 ? ms.toFixed(2) : ms.toFixed(1);
}

/** Columns as wide as they need to be; the first to the left, the others to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ');
  return rows.map((row) => `  ${line(row)}`.trimEnd()).join('\n');
}
