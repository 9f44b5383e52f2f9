/**
 * What a start finds on a damaged disk, without the rest of the cluster: fast enough for every byte of every file. What a
 * replica does later follows from what it found, so of all damages after which two starts find the same it is enough to
 * play one with the cluster.
 */

import { CodedError } from '#src/base/errors.js';
import { type RecoveredReplica, recover } from '#src/node/recovery.js';
import type { Settings } from '#src/node/settings.js';
import { pairOf } from '../../kv/entries.js';
import { PAGE } from '../world/pages.js';
import { Quartz } from '../world/quartz.js';
import { Random } from '../world/random.js';
import { settle } from '../world/settle.js';
import type { SimDisk } from '../world/sim-disk.js';
import { SimFiles } from '../world/sim-files.js';
import { SimProcess } from '../world/sim-process.js';
import { Timeline } from '../world/timeline.js';
import { type Damage, inflict } from './damage.js';

const LATER_MS = 1_000;

/** Of the first start over such a disk and of a second one, as text; not where and why exactly something could not be read. */
export function foundAfter(disk: SimDisk, damage: Damage, settings: Settings): string {
  const damaged = disk.copy();
  inflict(damaged, damage);
  return [1, 2].map((life) => foundBy(damaged, settings, life)).join('\n');
}

function foundBy(disk: SimDisk, settings: Settings, life: number): string {
  const timeline = new Timeline();
  timeline.now = life * LATER_MS;
  const random = new Random(life, 'start');
  const run = (_: SimProcess, task: () => void): void => {
    task();
    settle();
  };
  const clock = new SimProcess({ timeline, quartz: new Quartz(0, 1, 0), random, run });
  const files = new SimFiles(disk, clock);
  const ends: (string | Error)[] = [];
  clock.deliver(() => {
    recover({ settings, clock, chance: random, files, logger: SILENT, events: DEAF }).then(
      (recovered) => ends.push(textOf(recovered, disk)),
      (error: unknown) => ends.push(error instanceof Error ? error : new Error(String(error))),
    );
  });
  while (ends.length === 0 && timeline.step(Number.POSITIVE_INFINITY));
  clock.die();
  files.crash(false);
  const end = ends[0] ?? new Error('a start never ended');
  if (typeof end === 'string') return end;
  if (end instanceof CodedError) return end.code;
  throw end;
}

/** All that the rest of the replica is made of. */
function textOf({ identity, snapshots, log, machine, recovered, replayed }: RecoveredReplica, disk: SimDisk): string {
  const { store, incarnation, heard } = identity;
  const cut = machine.cut();
  const state = {
    slot: cut.slot,
    revision: cut.revision,
    digest: cut.digest,
    entries: [...cut.table.walk()].map(pairOf),
  };
  cut.release();
  const files = [...disk.names].map(([path, pages]) => [path, Math.floor((pages?.size ?? 0) / PAGE)]);
  const { durable, decided, bytes } = log;
  const whole = {
    store,
    incarnation,
    heard: [...heard],
    snapshots: snapshots.all.map(({ name }) => name),
    durable,
    decided,
    bytes,
    files,
  };
  return JSON.stringify({ ...whole, state, recovered, replayed });
}

const nothing = (): void => undefined;
const SILENT = { debugging: false, debug: nothing, info: nothing, warn: nothing, error: nothing };
const DEAF = { persisted: nothing, failed: nothing, space: nothing };
