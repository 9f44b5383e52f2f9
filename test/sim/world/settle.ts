/**
 * Lets every promise settle that can, at once and synchronously: between two events of a simulation, as Node does between two
 * turns, but without a turn of Node's own loop, which would cost more than the event. There is no public call for it; Node's
 * own is deprecated but everywhere, and a simulation refuses to start where it does not do what is wanted.
 */

interface WithTicks {
  _tickCallback?: () => void;
}

const tick = (process as unknown as WithTicks)._tickCallback;

/** Runs what waits in the microtask queue, and what that puts there. Not from within a microtask. */
export const settle: () => void = tick ?? (() => undefined);

/** Throws unless `settle` works here and now. */
export function checkSettling(): void {
  let settled = 0;
  const chain = async (): Promise<void> => {
    for (; settled < 10; settled++) await Promise.resolve();
  };
  void chain();
  settle();
  if (settled !== 10) throw new Error('promises cannot be settled here: call from a timer, not from a promise');
}

/** Runs `work` where promises can be settled. */
export function outsidePromises<T>(work: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    setImmediate(() => {
      try {
        resolve(work());
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
  });
}
