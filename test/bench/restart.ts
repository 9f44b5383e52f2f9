/**
 * How long a full cluster needs from its start to the first answer, and the memory that it takes: all members are filled, end by
 * kill -9 or in order, and start again at once. Whoever was killed has the log since its last snapshot to replay, whoever ended
 * in order has not.
 */
import { residentMiB } from '../cluster/memory.js';
import { elapse } from '../cluster/until.js';
import { fill, type Settings } from './compare.js';
import { keyOf, rateOf, valueOfBytes } from './load.js';
import type { Restartable } from './restartable.js';

const limitMs = 300_000;
const redialMs = 5;
/** After all answer: what they do then is part of a start, too. */
const settleMs = 3_000;

const endings = ['SIGKILL', 'SIGTERM'] as const;

interface Start {
  readonly ending: (typeof endings)[number];
  /** Until each member answered. */
  readonly answerMs: readonly number[];
  readonly memory: readonly number[];
}

export interface RestartResult {
  readonly name: string;
  readonly fillPerSecond: number;
  readonly memory: readonly number[];
  readonly starts: readonly Start[];
}

/** Fills it in each round, since whoever ended in order has nothing to replay afterwards. */
export async function restart(subject: Restartable, keys: number, settings: Settings): Promise<RestartResult> {
  const { rival } = subject;
  const starts: Start[] = [];
  let memory: readonly number[] = [];
  let fillPerSecond = 0;
  for (let round = 0; round < settings.rounds; round++) {
    const filled = await fill(rival, keys, settings.valueBytes);
    if (round === 0) {
      await elapse(settleMs);
      fillPerSecond = rateOf(filled);
      memory = memoryOf(subject);
    }
    for (const ending of endings) {
      await subject.end(ending);
      const began = performance.now();
      subject.start();
      const answerMs = await Promise.all(
        rival.all.map((_, i) => firstAnswer(subject, i, keys, settings.valueBytes, began)),
      );
      await rival.leader();
      await elapse(settleMs);
      starts.push({ ending, answerMs, memory: memoryOf(subject) });
    }
  }
  return { name: rival.name, fillPerSecond, memory, starts };
}

const memoryOf = (subject: Restartable): number[] => subject.pids().map(residentMiB);

/** Asks member `i` for a key in the middle until it has the value; resolves to the milliseconds since `began`. */
async function firstAnswer(
  subject: Restartable,
  i: number,
  keys: number,
  bytes: number,
  began: number,
): Promise<number> {
  const key = keyOf(Math.floor(keys / 2));
  for (;;) {
    if (await subject.answers(i, key, valueOfBytes(bytes))) return performance.now() - began;
    if (performance.now() - began > limitMs) throw new Error(`member ${i} of ${subject.rival.name} did not answer GET`);
    await elapse(redialMs);
  }
}
