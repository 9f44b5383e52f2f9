/** How much processor time another process has used, where the system tells it (Linux). */
import { existsSync, readFileSync } from 'node:fs';

/** Of Linux, for whoever reads /proc. */
const ticksPerSecond = 100;

/** Behind the name, which may have blanks: user and system time are numbers 12 and 13. */
const userAt = 11;

/** User and system seconds of the process, or 0 where that cannot be known. */
export function cpuSeconds(pid: number): number {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return 0;
  const numbers = readFileSync(file, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(numbers[userAt] ?? 0) + Number(numbers[userAt + 1] ?? 0)) / ticksPerSecond;
}
