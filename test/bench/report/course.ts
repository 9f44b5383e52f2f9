/**
 * Lets systems do the same works in turns (A B A B …), each started anew for its turn, and takes the medians of the rounds.
 * One that fails is left out from there on and told of; the others go on.
 */
import { must } from '#src/base/assert.js';
import { messageOf } from '#src/base/errors.js';
import { elapse } from '../../cluster/until.js';
import { fill, median, medians } from '../compare.js';
import type { Address, Load, LoadResult } from '../load.js';
import type { Rival } from '../rival.js';
import { runLoad } from '../run-load.js';
import type { Pace } from './plan.js';
import type { System } from './system.js';
import { nameOf, type Work, work } from './work.js';

/** Works on so many keys, all of which have been put once before. */
export interface Step {
  readonly keys: number;
  readonly valueBytes: number;
  readonly works: readonly Work[];
}

export interface Course {
  readonly name: string;
  readonly systems: readonly System[];
  /** One after the other on the same data. */
  readonly steps: readonly Step[];
  readonly pace: Pace;
  /** On the disk whose writes are counted. */
  readonly parent: string;
}

/** What one work came to; of what grows with time the medians are those of a second. */
export interface Measured {
  readonly system: System;
  readonly step: Step;
  readonly work: Work;
  readonly result: LoadResult;
  /** Undefined where the system does not tell, or nothing was put. */
  readonly commandsPerSlot: number | undefined;
}

export interface CourseResult {
  readonly measured: readonly Measured[];
  /** One sentence for each system that failed. */
  readonly troubles: readonly string[];
  /** How the first member of each system was started. */
  readonly commandLines: ReadonlyMap<string, string>;
}

type Say = (line: string) => void;

export async function runCourse(course: Course, say: Say): Promise<CourseResult> {
  const runs: Measured[] = [];
  const troubles: string[] = [];
  const commandLines = new Map<string, string>();
  const failed = new Set<System>();
  for (let round = 1; round <= course.pace.rounds; round++) {
    for (const system of course.systems.filter((one) => !failed.has(one))) {
      say(`${course.name}, round ${round} of ${course.pace.rounds}: ${system.name} × ${system.replicas}`);
      try {
        commandLines.set(system.name, await turn(course, system, (run) => runs.push(run)));
      } catch (error) {
        failed.add(system);
        const where = `${system.name} failed in ${course.name}, round ${round}`;
        // The rest is what daemons said last, with their directories: not for a page that others read.
        const [first = ''] = messageOf(error).split('\n');
        troubles.push(`${where}: ${first}`);
        say(`${where}: ${messageOf(error)}`);
      }
    }
  }
  return { measured: mediansOf(runs), troubles, commandLines };
}

/** Returns how its first member was started. */
async function turn(course: Course, system: System, done: (run: Measured) => void): Promise<string> {
  const rival = await system.start();
  try {
    await takeSteps(course, system, rival, done);
    return rival.commandLine;
  } finally {
    await rival.stop();
  }
}

async function takeSteps(course: Course, system: System, rival: Rival, done: (run: Measured) => void): Promise<void> {
  for (const step of course.steps) {
    await fill(rival, step.keys, step.valueBytes);
    if (step === course.steps[0]) await heatUp(course, rival, step);
    for (const work of step.works.filter(({ at }) => at === 'leader' || system.name === 'synod')) {
      const before = await rival.progress?.();
      const result = await runLoad(await loadFor(course, rival, step, work));
      const after = await rival.progress?.();
      const slots = (after?.slots ?? 0) - (before?.slots ?? 0);
      const commands = (after?.commands ?? 0) - (before?.commands ?? 0);
      const commandsPerSlot = work.kind === 'put' && slots > 0 ? commands / slots : undefined;
      done({ system, step, work, result, commandsPerSlot });
    }
  }
}

/**
 * Lets it work without being measured: a process that was just started has yet to compile what it does often. Then it may finish
 * what it does in the background.
 */
async function heatUp(course: Course, rival: Rival, step: Step): Promise<void> {
  const pace = { rounds: 1, warmUpMs: 0, durationMs: course.pace.warmUpMs };
  for (const hard of [work('put', 64, 16), work('get', 64, 16)]) {
    await runLoad(await loadFor({ ...course, pace }, rival, step, hard));
  }
  await elapse(course.pace.warmUpMs);
}

async function loadFor(course: Course, rival: Rival, step: Step, work: Work): Promise<Load> {
  const leader = await rival.leader();
  const isLeader = ({ port }: Address): boolean => port === leader.port;
  const follower = rival.all.find((address) => !isLeader(address));
  const pids = rival.pids();
  const first = rival.all.findIndex(isLeader);
  const { warmUpMs, durationMs } = course.pace;
  return {
    wire: rival.wire,
    targets: [work.at === 'leader' ? leader : must(follower, `a follower for ${nameOf(work)}`)],
    clients: work.clients,
    depth: work.depth,
    valueBytes: step.valueBytes,
    keys: step.keys,
    work: { type: 'mix', putShare: work.kind === 'put' ? 1 : 0, warmUpMs, durationMs },
    reconnect: false,
    // The one that leads comes first, and then the follower that may be asked.
    watch: { pids: [...pids.slice(first, first + 1), ...pids.filter((_, i) => i !== first)], directory: course.parent },
  };
}

/** Of the rounds of the same work of the same system, in the order of their first ones. */
function mediansOf(runs: readonly Measured[]): readonly Measured[] {
  const same = (a: Measured) => (b: Measured) => a.system === b.system && a.step === b.step && a.work === b.work;
  const firsts = runs.filter((run) => runs.find(same(run)) === run);
  return firsts.map((first) => {
    const rounds = runs.filter(same(first));
    const told = rounds.flatMap(({ commandsPerSlot }) => commandsPerSlot ?? []);
    const commandsPerSlot = told.length > 0 ? median(told) : undefined;
    return { ...first, result: medians(rounds.map(({ result }) => result)), commandsPerSlot };
  });
}
