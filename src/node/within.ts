/**
 * Waiting, but not for ever.
 */

import type { Clock } from '../base/clock.js';

/** True when the promise was fulfilled in time; false when it was not. Rejects when the promise does so in time. */
export async function within(clock: Clock, ms: number, promise: Promise<unknown>): Promise<boolean> {
  let cancel = (): void => undefined;
  const late = new Promise<boolean>((resolve) => {
    cancel = clock.at(clock.mono() + ms, () => resolve(false));
  });
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    cancel();
  }
}
