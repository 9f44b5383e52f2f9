/** The table of all systems side by side: rates, latencies, Synod's ratio to each, and how hard the generator worked. */
import { errorsOf, rateOf } from '../load.js';
import type { Measured } from './course.js';
import { markdownTable, ms, perSecond, times } from './markdown.js';
import { type SystemName, systemFacts, systemNames } from './system.js';
import { nameOf, type Work } from './work.js';

/** What was measured of a work; undefined where it was not. */
export function find(all: readonly Measured[], name: SystemName, work: Work): Measured | undefined {
  const wanted = nameOf(work);
  return all.find((one) => one.system.name === name && nameOf(one.work) === wanted);
}

export function comparisonTable(all: readonly Measured[], works: readonly Work[]): string {
  const head = ['', ...systemNames.map((name) => systemFacts[name].title)];
  const rows = works.map((work) => {
    const own = find(all, 'synod', work);
    return [nameOf(work), ...systemNames.map((name) => cell(find(all, name, work), own))];
  });
  return markdownTable(head, rows);
}

/** Of one client latency is what counts, and of many how much they get done. */
function cell(one: Measured | undefined, own: Measured | undefined): string {
  if (one === undefined) return '–';
  const { latencyMs, cpu, missing } = one.result;
  const lines = [`**${perSecond(rateOf(one.result))}**`, `p50 ${ms(latencyMs.p50)}, p99 ${ms(latencyMs.p99)}`];
  if (own !== undefined && own !== one) lines.push(ratioTo(one, own));
  lines.push(`generator ${Math.round(cpu * 100)} %`);
  const errors = errorsOf(one.result);
  if (errors > 0) lines.push(`${errors} errors`);
  if (missing > 0) lines.push(`${missing} not found`);
  return lines.join('<br>');
}

function ratioTo({ result, work }: Measured, own: Measured): string {
  if (work.clients === 1) return `Synod’s p50: ${times(own.result.latencyMs.p50 / result.latencyMs.p50)}`;
  return `Synod: ${times(rateOf(own.result) / rateOf(result))}`;
}
