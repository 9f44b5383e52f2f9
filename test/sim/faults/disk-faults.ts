/** What happens to disks: they are slow, full, fail, and, within the budget, lose or change what was on them. */

import { isGroupStart } from '#src/store/log-format.js';
import type { Machine } from '../world/machine.js';
import { PAGE, type Pages } from '../world/pages.js';
import type { Random } from '../world/random.js';
import { OF_SNAPSHOTS } from './process-faults.js';
import type { Fault, Storm } from './storm.js';

interface Place {
  readonly path: string;
  readonly pages: Pages;
}

/** Files of a disk, in the order of their names, in which something is written. */
function filesOf({ disk }: Machine, wanted: RegExp): Place[] {
  const files = [...disk.names].flatMap(([path, pages]) => (pages === null ? [] : [{ path, pages }]));
  return files
    .filter(({ path, pages }) => wanted.test(path) && pages.written().length > 0)
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

const SEGMENT = /\.wal$/;
const SNAPSHOT = /\.snapshot$/;

function flip({ path, pages }: Place, page: number, random: Random): string | null {
  const at = page * PAGE + random.below(Math.min(PAGE, pages.size - page * PAGE));
  if (at >= pages.size) return null;
  pages.flip(at, random.below(8));
  return `${path} at ${at}`;
}

function flipBits(machine: Machine, random: Random, wanted: RegExp): string | null {
  const files = filesOf(machine, wanted);
  if (files.length === 0) return null;
  const place = random.pick(files);
  const page = random.pick(place.pages.written());
  const isNewest = place.path === filesOf(machine, SEGMENT).at(-1)?.path;
  if (isNewest && page >= lastGroup(place.pages)) return null;
  const flipped = flip(place, page, random);
  if (flipped === null) return null;
  machine.damage();
  return `${machine.name} ${flipped}`;
}

/**
 * The page at which the log's last group begins. Nothing proves that this one was durable: rot in it looks like a write that was
 * never finished, and costs what was acknowledged a moment ago.
 */
function lastGroup(pages: Pages): number {
  const block = new Uint8Array(PAGE);
  const starts = pages.written().filter((page) => {
    pages.read(block, page * PAGE);
    return isGroupStart(block);
  });
  return Math.max(0, ...starts);
}

/** The last pages of the log that hold anything, one bit each, while nobody runs that has them in memory. */
function loseEnd(machine: Machine, random: Random): string | null {
  const pages = filesOf(machine, SEGMENT)
    .flatMap((place) => place.pages.written().map((page) => ({ place, page })))
    .slice(-(1 + random.below(12)));
  if (pages.length === 0) return null;
  for (const { place, page } of pages) flip(place, page, random);
  machine.damage();
  return `${machine.name}, its last ${pages.length} pages`;
}

function remove(machine: Machine, { path }: Place): string {
  machine.disk.remove(path);
  machine.damage();
  const at = /(\d+)\.snapshot$/.exec(path)?.[1];
  if (at !== undefined) machine.snapshotTaken = Number(at);
  return `${machine.name} ${path}`;
}

function damageSnapshot(machine: Machine, random: Random): string | null {
  const snapshots = filesOf(machine, SNAPSHOT);
  const place = random.chance(0.7) ? snapshots.at(-1) : snapshots[0];
  if (place === undefined) return null;
  const way = random.below(3);
  if (way === 0) return `${remove(machine, place)} is gone`;
  if (way === 1) {
    place.pages.cut(random.below(place.pages.size));
    machine.damage();
    return `${machine.name} ${place.path} is cut`;
  }
  return flipBits(machine, random, new RegExp(`${place.path}$`));
}

/** The process dies, something happens to its files, and it starts again. */
function whileDown(
  storm: Storm,
  random: Random,
  machine: Machine,
  harm: (machine: Machine, random: Random) => string | null,
): string | null {
  if (!storm.mayRot(machine)) return null;
  machine.crash(random.pick(['kill', 'power'] as const));
  storm.startLater(machine, random.skewed(10, 2_000));
  return harm(machine, random);
}

function pick(storm: Storm, random: Random): Machine {
  return random.pick(storm.world.machines);
}

export const DISK_FAULTS = {
  'disk stall': (storm, random) => {
    const { disk, name } = pick(storm, random);
    const ms = random.skewed(10, 10_000);
    disk.stall();
    storm.lasting(ms, () => disk.goOn());
    return `${name} for ${ms.toFixed(0)} ms`;
  },
  'slow disk': (storm, random) => {
    const { disk, name } = pick(storm, random);
    const ms = random.skewed(100, 8_000);
    const least = random.skewed(1, 300);
    disk.writeMs = [least, 3 * least];
    storm.lasting(ms, () => {
      disk.writeMs = storm.writeMs;
    });
    return `${name} ${least.toFixed(0)} ms and more for ${ms.toFixed(0)} ms`;
  },
  'disk error': (storm, random) => {
    const { disk, name } = pick(storm, random);
    let left = 1 + random.below(10);
    const mayRead = random.chance(0.3);
    disk.trouble = (moment, type) => {
      if (moment !== 'within' || type === 'list' || (type === 'read' && !mayRead) || --left > 0) return null;
      disk.trouble = () => null;
      return 'io';
    };
    return `${name}, operation ${left}`;
  },
  'snapshot error': (storm, random) => {
    const { disk, name } = pick(storm, random);
    let left = 1 + random.below(6);
    disk.trouble = (moment, type, path) => {
      if (moment !== 'within' || !OF_SNAPSHOTS.test(path) || type === 'list' || --left > 0) return null;
      disk.trouble = () => null;
      return 'io';
    };
    return name;
  },
  'disk full': (storm, random) => {
    const { disk, name } = pick(storm, random);
    const ms = random.skewed(100, 8_000);
    disk.capacity = disk.used + random.below(400_000);
    storm.lasting(ms, () => {
      disk.capacity = Number.POSITIVE_INFINITY;
    });
    return `${name} for ${ms.toFixed(0)} ms`;
  },
  'flip bits': (storm, random) => {
    const machine = pick(storm, random);
    return storm.mayRot(machine) ? flipBits(machine, random, /./) : null;
  },
  'flip bits of the log': (storm, random) => {
    const machine = pick(storm, random);
    return storm.mayRot(machine) ? flipBits(machine, random, SEGMENT) : null;
  },
  'lose the end of the log': (storm, random) => whileDown(storm, random, pick(storm, random), loseEnd),
  'lose a file of the log': (storm, random) =>
    whileDown(storm, random, pick(storm, random), (machine) => {
      const segments = filesOf(machine, SEGMENT);
      return segments.length === 0 ? null : remove(machine, random.pick(segments));
    }),
  'damage a snapshot': (storm, random) => {
    const machine = pick(storm, random);
    if (filesOf(machine, SNAPSHOT).length === 0) return null;
    if (random.chance(0.5)) return whileDown(storm, random, machine, damageSnapshot);
    return storm.mayRot(machine) ? damageSnapshot(machine, random) : null;
  },
  wipe: (storm, random) => {
    const machine = pick(storm, random);
    if (!storm.mayDamage(machine) || !storm.mayReplace(machine)) return null;
    machine.crash('power');
    machine.wipe();
    storm.startLater(machine, random.skewed(10, 4_000));
    return machine.name;
  },
} satisfies Readonly<Record<string, Fault>>;
