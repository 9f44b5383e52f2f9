/** The table of what snapshots cost, with what Synod promises of it. */
import type { Histogram } from './histogram.js';
import { errorsOf, type LoadResult, rateOf } from './load.js';
import { milliseconds, table, whole } from './report.js';
import { targetLine } from './scenario.js';
import { quiet, type Sorted, serving, writing } from './sorted.js';

const mostTimesP99 = 2;
const mostAboveP999 = 10;
const mostAboveWorst = 50;

const shown = [quiet, writing, serving] as const;
const costs = [writing, serving] as const;

const ms = (histogram: Histogram, fraction: number): number => histogram.percentile(fraction) / 1000;
const worst = (histogram: Histogram): number => histogram.largest / 1000;

/** `names` are those of the replicas. */
export function snapshotsReport(
  names: readonly string[],
  keys: number,
  full: number,
  result: LoadResult,
  sorted: Sorted,
): string {
  const latencyRows = shown.map((what) => {
    const own = sorted.latencies[what];
    return [what, whole(own.total), ...[ms(own, 0.5), ms(own, 0.99), ms(own, 0.999), worst(own)].map(milliseconds)];
  });
  const delayRows = shown.map((what) => [
    what,
    ...sorted.delays.map((own) => `${milliseconds(ms(own[what], 0.999))} / ${milliseconds(worst(own[what]))}`),
  ]);
  return [
    `writes at ${whole(rateOf(result))}/s with ${whole(keys)} keys; full speed ${whole(full)}/s`,
    table([['meanwhile', 'writes', 'p50 ms', 'p99', 'p99.9', 'max'], ...latencyRows]),
    '',
    table([['delay of the event loop, p99.9 / max ms', ...names], ...delayRows]),
    ...verdicts(sorted).map((line) => `  ${line}`),
    `  errors of clients: ${errorsOf(result) + result.lost}`,
    '',
  ].join('\n');
}

/** Each against the same figure of the time in which nothing else went on. */
function verdicts({ latencies, delays }: Sorted): string[] {
  const p99 = (what: (typeof shown)[number]): number => ms(latencies[what], 0.99);
  const above = (figure: (histogram: Histogram) => number): number =>
    Math.max(...delays.flatMap((own) => costs.map((what) => figure(own[what]) - figure(own[quiet]))));
  return [
    ...costs.map((what) =>
      targetLine(`p99 at most ${mostTimesP99} ×, ${what}`, p99(what) <= mostTimesP99 * p99(quiet)),
    ),
    targetLine(`delay p99.9 at most ${mostAboveP999} ms above`, above((own) => ms(own, 0.999)) <= mostAboveP999),
    targetLine(`delay at most ${mostAboveWorst} ms above the worst`, above(worst) <= mostAboveWorst),
  ];
}
