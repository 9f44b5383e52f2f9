/**
 * Waiting, but not for ever.
 */

import type { Clock } from '../base/clock.js';

/** True when the promise was fulfilled in time; false when it was not. Rejects when the promise does so in time. */
export function within(clock: Clock, ms: number, promise: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const cancel = clock.at(clock.mono() + ms, () => resolve(false));
    promise.then(
      () => {
        cancel();
        resolve(true);
      },
      (error: unknown) => {
        cancel();
        reject(error);
      },
    );
  });
}
