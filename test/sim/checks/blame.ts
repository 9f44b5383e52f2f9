/** Finds where a history that cannot be linearized goes wrong: the first operation whose answer nothing before it can explain. */

import type { Operation } from '../clients/history.js';
import { search } from './linearizability.js';

/** Operations shown before the one that went wrong. */
const SHOWN = 12;

/** Lines for a person. */
export function blame(operations: readonly Operation[]): string[] {
  const byReturn = operations
    .filter(({ returned }) => returned < Number.POSITIVE_INFINITY)
    .sort((a, b) => a.returned - b.returned);
  let good = 0;
  let bad = byReturn.length;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    const until = byReturn[middle - 1]?.returned ?? 0;
    if (search(upTo(operations, until)) === 'linearizable') good = middle;
    else bad = middle;
  }
  const culprit = byReturn[bad - 1];
  if (culprit === undefined) return [];
  const around = operations
    .filter(({ called }) => called <= culprit.returned)
    .sort((a, b) => Math.min(a.returned, culprit.returned) - Math.min(b.returned, culprit.returned))
    .slice(-SHOWN);
  return [...around.filter((operation) => operation !== culprit).map(show), `${show(culprit)}   <-- cannot be`];
}

/** As the history was at a moment: what had not returned then was unknown. */
function upTo(operations: readonly Operation[], moment: number): Operation[] {
  return operations
    .filter(({ called }) => called <= moment)
    .map((operation) =>
      operation.returned <= moment ? operation : { ...operation, returned: Number.POSITIVE_INFINITY },
    );
}

function show({ client, kind, key, token, called, returned, output, hint, after, id }: Operation): string {
  const seconds = (ms: number): string => (ms === Number.POSITIVE_INFINITY ? 'never' : (ms / 1_000).toFixed(4));
  const said = kind === 'put' ? token : `→ ${returned === Number.POSITIVE_INFINITY ? '?' : (output ?? '(nil)')}`;
  const decided = hint < 0 ? '' : `, decided at ${seconds(hint)}`;
  return `${client}#${id}${after < 0 ? '' : ` after #${after}`} ${kind} ${key} ${said}, called ${seconds(called)}, returned ${seconds(returned)}${decided}`;
}
