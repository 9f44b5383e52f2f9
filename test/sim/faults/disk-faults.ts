/** What happens to disks: they are slow, full, fail, and, within the budget, lose or change what was on them. */

import { isGroupStart, segmentNumber } from '#src/store/log-format.js';
import type { Machine } from '../world/machine.js';
import { PAGE, type Pages } from '../world/pages.js';
import type { Random } from '../world/random.js';
import type { Fault, Storm } from './storm.js';

function flipBits(machine: Machine, random: Random): string | null {
  const files = [...machine.disk.names].flatMap(([path, pages]) => (pages === null ? [] : [{ path, pages }]));
  const written = files.filter(({ pages }) => pages.written().length > 0);
  if (written.length === 0) return null;
  const { path, pages } = random.pick(written);
  const page = random.pick(pages.written());
  const at = page * PAGE + random.below(PAGE);
  if (at >= pages.size) return null;
  const isNewest = path === written.findLast((file) => numberOf(file.path) !== undefined)?.path;
  if (isNewest && page >= lastGroup(pages)) return null;
  pages.flip(at, random.below(8));
  machine.isDamaged = true;
  return `${machine.name} ${path} at ${at}`;
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

function numberOf(path: string): number | undefined {
  return segmentNumber(path.slice(path.lastIndexOf('/') + 1));
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
    return storm.mayRot(machine) ? flipBits(machine, random) : null;
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
