/**
 * Effects as the lines of a transcript, each with its kind, so that a transcript can show some kinds and leave out the rest
 * (heartbeats above all). The text itself is describe.ts's.
 */

import type { ReplicaName } from '#src/base/ids.js';
import { describeEffects } from '#src/paxos/describe.js';
import type { Effects } from '#src/paxos/effects.js';

export interface Line {
  /**
   * `log`, `keep`, `decide`, `grant`, `read`, `pull`, `note`, `repair`, `trust`, `role`, `contact`, `refuse`, `ignore`, or
   * the type of a message sent.
   */
  readonly kind: string;
  readonly text: string;
}

const KINDS: readonly (readonly [RegExp, string])[] = [
  [/^\S+ → \S+ ([a-z-]+)/, ''],
  [/^(log|keep|decide|grant|read|pull|note|repair|trust|refuse|ignore) /, ''],
  [/^(?:gains|loses) contact/, 'contact'],
];

export function linesOf(self: ReplicaName, effects: Effects): Line[] {
  return describeEffects(effects, self).map((text) => ({ kind: kindOf(text), text }));
}

function kindOf(text: string): string {
  for (const [pattern, kind] of KINDS) {
    const found = pattern.exec(text);
    if (found !== null) return found[1] ?? kind;
  }
  return 'role';
}
