/**
 * The machine's randomness, as the port that the replica is written against.
 */

import { randomBytes } from 'node:crypto';
import type { Chance } from '../../base/clock.js';

export const systemChance: Chance = {
  fraction: () => Math.random(),
  bytes: (count) => randomBytes(count),
};
