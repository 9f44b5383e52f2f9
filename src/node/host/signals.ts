/**
 * SIGTERM and SIGINT: the first asks for an orderly stop, the second ends the process at once.
 */

import { constants } from 'node:os';

/** By convention an exit code says which signal it was. */
const SIGNAL_CODE = 128;

export function onStopSignals(first: (name: string) => void): void {
  let asked = false;
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      if (asked) process.exit(SIGNAL_CODE + constants.signals[name]);
      asked = true;
      first(name);
    });
  }
}
