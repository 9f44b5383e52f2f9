/** How much memory another process uses, where the system tells it (Linux). */
import { existsSync, readFileSync } from 'node:fs';

/** Resident MiB of the process, or 0 where that cannot be known. */
export function residentMiB(pid: number): number {
  const file = `/proc/${pid}/status`;
  if (!existsSync(file)) return 0;
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? 0) / 1024;
}
