/**
 * The machine's clocks and turns of Node's event loop, as the port that the replica is written against.
 */

import type { Clock } from '../../base/clock.js';

/** Timers count whole milliseconds and 32 bits of them. */
const LONGEST_TIMER_MS = 0x7fff_ffff;

export const systemClock: Clock = {
  mono: () => performance.now(),
  wall: () => Date.now(),
  at: callAt,
  endOfTurn: (fire) => void setImmediate(fire),
};

/** Node's timers may fire a fraction early by the clock they are set by here, so what is early waits once more. */
function callAt(atMono: number, fire: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const wait = (): void => {
    const left = atMono - performance.now();
    if (left <= 0 && timer !== undefined) fire();
    else timer = setTimeout(wait, Math.min(Math.max(Math.ceil(left), 0), LONGEST_TIMER_MS));
  };
  wait();
  return () => clearTimeout(timer);
}
