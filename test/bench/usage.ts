/**
 * What processes use of the machine between two moments: processor time, bytes written to disks, and how many writes the disk did,
 * as far as the system tells (Linux). A disk's writes are those of everybody on the machine.
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
  /** In the order of the ids. */
  readonly processes: readonly ProcessUsage[];
  readonly diskWrites: number;
}

export interface ProcessUsage {
  /** User and system time. */
  readonly cpuSeconds: number;
  /** What was made dirty in files, and so was or will be written to a disk. */
  readonly writtenBytes: number;
}

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
    return {
      diskWrites: now.diskWrites - this.#before.diskWrites,
      processes: now.processes.map((process, i) => {
        const before = this.#before.processes[i] ?? process;
        return {
          cpuSeconds: process.cpuSeconds - before.cpuSeconds,
          writtenBytes: process.writtenBytes - before.writtenBytes,
        };
      }),
    };
  }
}

function sinceStart(watch: Watch | undefined): Usage {
  if (watch === undefined) return { processes: [], diskWrites: 0 };
  return {
    processes: watch.pids.map((pid) => ({ cpuSeconds: cpuSeconds(pid), writtenBytes: writtenBytes(pid) })),
    diskWrites: writesOf(readIfThere('/proc/diskstats'), statSync(watch.directory).dev),
  };
}

function writtenBytes(pid: number): number {
  return Number(/^write_bytes: (\d+)$/m.exec(readIfThere(`/proc/${pid}/io`))?.[1] ?? 0);
}

/** Writes that a device has completed: major and minor number, name, four figures of reads, and then that of writes. */
export function writesOf(diskStats: string, device: number): number {
  const major = (device >>> 8) & 0xfff;
  const minor = (device & 0xff) | ((device >>> 12) & 0xfff00);
  const row = new RegExp(`^\\s*${major}\\s+${minor}\\s+\\S+(?:\\s+\\d+){4}\\s+(\\d+)`, 'm').exec(diskStats);
  return Number(row?.[1] ?? 0);
}

/** What is not there, or not for us to read, tells nothing. */
function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
