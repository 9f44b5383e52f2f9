/**
 * Looks for the first seed on which the checks notice a planted bug. The bug lives in a process of its own, which plays one seed
 * after the other. A hunt may also end because nothing was noticed, or because the process broke down or did not come to an end,
 * which proves nothing about the checks.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Job, Played } from '../job.js';
import { NODE_FLAGS } from '../node-flags.js';
import type { Mutant } from './mutant.js';

const PLAYER = fileURLToPath(new URL('player.js', import.meta.url));

/** A seed takes about a second; so much more, even where others need the processors, is a loop that does not end. */
const SEED_MS = 15 * 60_000;

export interface HuntOptions {
  readonly mutant: Mutant;
  /** The first seed. */
  readonly from: number;
  readonly maxSeeds: number;
  /** Is played before all others. */
  readonly first: number | undefined;
}

export interface Hunt {
  readonly from: number;
  /** Seeds played, the one that caught it included. */
  readonly seeds: number;
  readonly end: End;
}

type End =
  | { readonly type: 'caught'; readonly seed: number; readonly check: string; readonly message: string }
  | { readonly type: 'survived' }
  | { readonly type: 'broken'; readonly why: string };

export async function hunt(options: HuntOptions): Promise<Hunt> {
  const child = fork(PLAYER, [options.mutant.name, 'worker.js'], {
    execArgv: [...NODE_FLAGS],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  try {
    return await play(child, options);
  } finally {
    child.kill('SIGKILL');
  }
}

function play(child: ChildProcess, { mutant, from, maxSeeds, first }: HuntOptions): Promise<Hunt> {
  return new Promise((resolve) => {
    let seeds = 0;
    const next = (): number => (first === undefined ? from + seeds : seeds === 0 ? first : from + seeds - 1);
    let complaint = '';
    const end = (how: End): void => {
      clearTimeout(overdue);
      resolve({ from, seeds, end: how });
    };
    const broken = (why: string): void => end({ type: 'broken', why: `seed ${next()}: ${why}` });
    const overdue = setTimeout(() => broken('it does not come to an end'), SEED_MS);
    const give = (): void => {
      overdue.refresh();
      child.send({ seed: next(), wishes: mutant.wishes } satisfies Job);
    };
    child.stderr?.on('data', (text: Buffer) => {
      complaint += text.toString();
    });
    child.on('message', ({ done: { seed, violation } }: Played) => {
      seeds++;
      if (violation !== null) end({ type: 'caught', seed, ...violation });
      else if (seeds < maxSeeds) give();
      else end({ type: 'survived' });
    });
    child.on('error', ({ message }) => broken(message));
    child.on('close', (code) => broken(`the process ended with code ${code}: ${complaint.trim()}`));
    give();
  });
}
