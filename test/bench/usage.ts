/**
 * What processes use of the machine between two moments: processor time, and what the disk wrote, as far as the system
 * tells (Linux). The disk's figures are those of everybody on the machine: what the kernel tells by process are bytes of
 * folios that were made dirty, up to a megabyte for a write of 4 KiB.
 */
import { readFileSync, statSync } from 'node:fs';
import { cpuSeconds } from '../cluster/cpu.js';

export interface Watch {
  /** Process ids. */
  readonly pids: readonly number[];
  /** A directory on the disk whose writes are counted. */
  readonly directory: string;
}

/** 0 stands where the system does not tell. */
export interface Usage {
  /** User and system time, in the order of the ids. */
  readonly cpuSeconds: readonly number[];
  readonly disk: DiskWrites;
}

export interface DiskWrites {
  readonly writes: number;
  readonly bytes: number;
}

const nothing: DiskWrites = { writes: 0, bytes: 0 };
const sectorBytes = 512;

/** Measures from when it is made. */
export class Meter {
  readonly #watch: Watch | undefined;
  readonly #before: Usage;

  constructor(watch: Watch | undefined) {
    this.#watch = watch;
    this.#before = sinceStart(watch);
  }

  read(): Usage {
    const now = sinceStart(this.#watch);
    const before = this.#before;
    return {
      cpuSeconds: now.cpuSeconds.map((seconds, i) => seconds - (before.cpuSeconds[i] ?? 0)),
      disk: { writes: now.disk.writes - before.disk.writes, bytes: now.disk.bytes - before.disk.bytes },
    };
  }
}

function sinceStart(watch: Watch | undefined): Usage {
  if (watch === undefined) return { cpuSeconds: [], disk: nothing };
  return {
    cpuSeconds: watch.pids.map(cpuSeconds),
    disk: writesOf(readIfThere('/proc/diskstats'), statSync(watch.directory).dev),
  };
}

/** What a device has written: after its numbers, its name and four figures of reads come writes, merged ones, and sectors. */
export function writesOf(diskStats: string, device: number): DiskWrites {
  const major = (device >>> 8) & 0xfff;
  const minor = (device & 0xff) | ((device >>> 12) & 0xfff00);
  const row = new RegExp(`^\\s*${major}\\s+${minor}\\s+\\S+(?:\\s+\\d+){4}\\s+(\\d+)\\s+\\d+\\s+(\\d+)`, 'm');
  const [, writes = 0, sectors = 0] = row.exec(diskStats) ?? [];
  return { writes: Number(writes), bytes: Number(sectors) * sectorBytes };
}

/** What is not there, or not for us to read, tells nothing. */
function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
