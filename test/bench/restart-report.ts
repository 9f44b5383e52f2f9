/** The table of restarts, with what Synod promises of them. */
import { median } from './compare.js';
import { table, whole } from './report.js';
import type { RestartResult } from './restart.js';
import { targetLine } from './scenario.js';

const firstAnswerMs = 3_000;
const mostMiB = 450;

const first = (answerMs: readonly number[]): number => Math.min(...answerMs);
const seconds = (ms: number): string => (ms / 1000).toFixed(2);

export function restartReport(keys: number, results: readonly RestartResult[]): string {
  const header = ['', 'first answer s', 'worst', 'all answer', 'MiB each, after the fill', 'after the restart'];
  const rows = results.flatMap((result) =>
    [...new Set(result.starts.map(({ ending }) => ending))].map((ending) => rowOf(result, ending)),
  );
  const own = results.find(({ name }) => name === 'synod');
  const fills = results.map(({ name, fillPerSecond }) => `${name} filled at ${whole(fillPerSecond)}/s`);
  return [
    `restart of all members with ${whole(keys)} keys; ${fills.join(', ')}`,
    table([header, ...rows]),
    ...(own === undefined ? [] : verdicts(own).map((line) => `  ${line}`)),
    '',
  ].join('\n');
}

function rowOf({ name, starts, memory }: RestartResult, ending: string): readonly string[] {
  const own = starts.filter((start) => start.ending === ending);
  const firsts = own.map(({ answerMs }) => first(answerMs));
  const lasts = own.map(({ answerMs }) => Math.max(...answerMs));
  return [
    `${name} after ${ending}`,
    seconds(median(firsts)),
    seconds(Math.max(...firsts)),
    seconds(median(lasts)),
    memory.map(whole).join(' '),
    (own.at(-1)?.memory ?? []).map(whole).join(' '),
  ];
}

function verdicts({ starts, memory }: RestartResult): string[] {
  const worst = Math.max(...starts.map(({ answerMs }) => first(answerMs)));
  const most = Math.max(...memory, ...starts.flatMap((start) => start.memory));
  return [
    targetLine(`first answer within ${firstAnswerMs / 1000} s, always`, worst <= firstAnswerMs),
    targetLine(`at most ${mostMiB} MiB a replica`, most <= mostMiB),
  ];
}
