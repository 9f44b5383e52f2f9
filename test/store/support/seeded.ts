/**
 * Chance from a seed, for tests that print the seed when they fail (mulberry32).
 */

export type Chance = () => number;

export function seeded(seed: number): Chance {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** An integer from `from` to `to`, both included. */
export function between(chance: Chance, from: number, to: number): number {
  return from + Math.floor(chance() * (to - from + 1));
}
