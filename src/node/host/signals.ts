/**
 * SIGTERM and SIGINT: the first asks for an orderly stop, one that comes later, from somebody who will not wait, ends the process
 * at once.
 */

import { constants } from 'node:os';

/** By convention an exit code says which signal it was. */
const SIGNAL_CODE = 128;

/** Ctrl-C goes to a whole group of processes, whose first may pass it on: what comes so soon is the same wish told twice. */
const SAME_WISH_MS = 1_000;

export function onStopSignals(first: (name: string) => void): void {
  let asked: number | null = null;
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      const now = performance.now();
      if (asked !== null && now - asked > SAME_WISH_MS) process.exit(SIGNAL_CODE + constants.signals[name]);
      if (asked !== null) return;
      asked = now;
      first(name);
    });
  }
}
