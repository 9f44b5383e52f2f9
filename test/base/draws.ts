/**
 * What tests draw from a generator of their own. How often each asks `fraction` is part of what a seed means: leave it as
 * it is.
 */

export abstract class Draws {
  /** Uniform in [0, 1). */
  abstract fraction(): number;

  /** Uniform among 0 … below - 1. */
  below(below: number): number {
    return Math.floor(this.fraction() * below);
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }
}
