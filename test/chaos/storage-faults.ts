/**
 * Faults that have to do with what replicas keep: one that is away while its slots are trimmed everywhere, files that rot, and
 * kills at the moments at which files are made and go. What has to be waited for is seen in the data directories.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { must } from '#src/base/assert.js';
import { namesIn } from '../cluster/disk-use.js';
import { elapse, until } from '../cluster/until.js';
import type { Crew } from './crew.js';
import { rotSomething } from './rot.js';
import type { Stage } from './stage.js';

export const storageFaults = ['away', 'rot', 'kill-snapshot', 'kill-trim', 'kill-install', 'kill-backup'] as const;
export type StorageFault = (typeof storageFaults)[number];

/** So that logs are trimmed and snapshots written every few seconds by the few clients of a run. */
export const smallStorage: readonly string[] = ['--snapshot-log-bytes', '256KiB', '--keep-log-bytes', '256KiB'];

const program = fileURLToPath(new URL('../../synod.js', import.meta.url));
/** On a machine that does other things. */
const awaitedMs = 90_000;
const lookEveryMs = 1;
/** From a moment that was seen to the kill. */
const longestWaitMs = 60;

export function playStorage(kind: StorageFault, stage: Stage, target: number): Promise<void> {
  switch (kind) {
    case 'away':
      return away(stage, target);
    case 'rot':
      return rot(stage, target);
    case 'kill-snapshot':
      return killWhen(stage, target, 'writes a snapshot', ({ names }) => names.some(isUnfinished));
    case 'kill-trim':
      return killWhen(stage, target, 'trims its log', isTrimming);
    case 'kill-install':
      return killInstalling(stage, target);
    case 'kill-backup':
      return killServingBackup(stage, target);
  }
}

/** The files of a data directory, and those that were there before. */
interface Look {
  readonly names: readonly string[];
  readonly before: readonly string[];
}

const isUnfinished = (name: string): boolean => name.endsWith('.new');
const isIncoming = (name: string): boolean => name.endsWith('.incoming');
const isSnapshot = (name: string): boolean => name.endsWith('.snapshot');

/** A snapshot has got its name, or a segment has gone: the log is trimmed behind the one, and by the other. */
const isTrimming = ({ names, before }: Look): boolean =>
  names.some((name) => isSnapshot(name) && !before.includes(name)) || before.some((name) => !names.includes(name));

async function namesOf(crew: Crew, i: number): Promise<readonly string[]> {
  const { data } = crew.cluster.place(i);
  return [...(await namesIn(data, 'log')), ...(await namesIn(data, 'snapshots'))];
}

/** Looks until it is so; then a little longer, so that kills come anywhere in what follows. */
async function moment({ crew, random }: Stage, i: number, what: string, isIt: (look: Look) => boolean): Promise<void> {
  const before = await namesOf(crew, i);
  const deadline = performance.now() + awaitedMs;
  while (!isIt({ names: await namesOf(crew, i), before })) {
    if (performance.now() > deadline) throw new Error(`${crew.name(i)} did not do so in time: it ${what}`);
    await elapse(lookEveryMs);
  }
  await elapse(random.between(0, longestWaitMs));
}

async function killWhen(stage: Stage, target: number, what: string, isIt: (look: Look) => boolean): Promise<void> {
  const { crew, story } = stage;
  await moment(stage, target, what, isIt);
  story.tell(`kill -9 of ${crew.name(target)} as it ${what}`);
  await crew.kill(target);
  crew.start(target);
}

/** Ends the replica, and returns when nobody else has the slots any more that it lacks. */
async function ageOut({ crew, story, random }: Stage, target: number): Promise<void> {
  const isKilled = random.chance(0.5);
  story.tell(`${isKilled ? 'kill -9' : 'SIGTERM'} of ${crew.name(target)}, until its slots are trimmed`);
  if (isKilled) await crew.kill(target);
  else await crew.end(target);
  const others = crew.cluster.alive();
  const statuses = await Promise.all(others.map((i) => crew.status(i)));
  const applied = Math.max(...statuses.flatMap((status) => status?.replicas.map((own) => own.applied ?? 0) ?? []));
  await until(
    `slot ${applied + 1} to be trimmed by ${crew.names(others)}`,
    async () => {
      const seen = await Promise.all(others.map((i) => crew.status(i)));
      return seen.every((status) => status !== undefined && status.firstSlot > applied + 1);
    },
    awaitedMs,
  );
}

async function away(stage: Stage, target: number): Promise<void> {
  await ageOut(stage, target);
  stage.crew.start(target);
  stage.story.tell(`${stage.crew.name(target)} is started`);
}

async function killInstalling(stage: Stage, target: number): Promise<void> {
  const { crew, story } = stage;
  await ageOut(stage, target);
  crew.start(target);
  const what = 'installs a snapshot';
  await moment(
    stage,
    target,
    what,
    ({ names, before }) => names.some(isIncoming) || names.some((name) => isSnapshot(name) && !before.includes(name)),
  );
  story.tell(`kill -9 of ${crew.name(target)} as it ${what}`);
  await crew.kill(target);
  crew.start(target);
}

/** One replica, then a different one: what the first was mended with has to be right. */
async function rot(stage: Stage, target: number): Promise<void> {
  await rotOne(stage, target);
  await rotOne(stage, stage.random.pick(stage.crew.all.filter((i) => i !== target)));
}

/** Damages a file, over which the replica has to become well again, or to refuse to start, before anything else is done. */
async function rotOne(stage: Stage, target: number): Promise<void> {
  const { crew, random, story } = stage;
  await crew.whole();
  await crew.kill(target);
  const { data, daemon } = crew.cluster.place(target);
  const rotten = await rotSomething(data, random);
  story.tell(`${crew.name(target)} is killed; ${rotten?.what ?? 'it has no files yet'}`);
  crew.start(target);
  crew.mayEnd(target);
  await until(
    `${crew.name(target)} to be well or to end`,
    async () => !daemon.alive || (await crew.isWell(target)),
    awaitedMs,
  );
  if (daemon.alive) {
    crew.mustLive(target);
    story.tell(`${crew.name(target)} is well`);
    return;
  }
  const { code } = await daemon.ended;
  const { file, mend } = must(rotten, 'a replica starts over sound files');
  const name = file.slice(file.indexOf('/') + 1);
  story.tell(`${crew.name(target)} refused to start (${code}); its file is as before`);
  if (code === 0 || !daemon.output.slice(-lastWords).includes(name)) {
    story.found(
      'other',
      `${crew.name(target)} ended with ${code} over ${file} and did not name it`,
      `, saying\n${daemon.output}`,
    );
  }
  await mend();
  crew.start(target);
}

const lastWords = 3_000;

/** The replica that serves it is killed: the backup must fail, and leave no file that looks like one. */
async function killServingBackup(stage: Stage, target: number): Promise<void> {
  const { crew, story } = stage;
  const { host, clientPort } = crew.cluster.place(target);
  const file = join(crew.cluster.directory, 'backup');
  await rm(file, { force: true });
  const backup = spawn(process.execPath, [program, 'backup', file, '--from', `${host}:${clientPort}`], {
    stdio: 'ignore',
  });
  const exited = once(backup, 'exit');
  await Promise.race([exited, moment(stage, target, 'writes a backup', ({ names }) => names.some(isUnfinished))]);
  story.tell(`kill -9 of ${crew.name(target)} as it serves a backup`);
  await crew.kill(target);
  await exited;
  const { exitCode } = backup;
  const isThere = existsSync(file);
  if ((exitCode !== 0 && exitCode !== 1) || isThere !== (exitCode === 0)) {
    story.found('other', `a backup ended with ${exitCode} and its file is ${isThere ? 'there' : 'not there'}`);
  }
  story.tell(`the backup ended with ${exitCode}`);
  crew.start(target);
}
