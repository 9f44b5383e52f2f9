/**
 * Linearizability by trying every order: as plain as can be, and hopeless beyond a handful of operations. For judging the real
 * checker.
 */

import type { Operation } from '../clients/history.js';
import { INITIAL, type State, step } from './register.js';

/** True when there is an order of all operations, those of unknown outcome left out or not, that explains every answer. */
export function hasOrder(operations: readonly Operation[]): boolean {
  const known = operations.filter(({ returned }) => returned !== Number.POSITIVE_INFINITY);
  const unknown = operations.filter(({ returned }) => returned === Number.POSITIVE_INFINITY);
  for (let chosen = 0; chosen < 1 << unknown.length; chosen++) {
    if (explains([...known, ...unknown.filter((_, index) => (chosen & (1 << index)) !== 0)], operations, INITIAL))
      return true;
  }
  return false;
}

function explains(left: readonly Operation[], all: readonly Operation[], state: State): boolean {
  if (left.length === 0) return true;
  return left.some((first) => {
    if (left.some((other) => other !== first && mustPrecede(other, first, all))) return false;
    const after = step(state, first);
    if (after === undefined) return false;
    return explains(
      left.filter((other) => other !== first),
      all,
      after,
    );
  });
}

/** In real time, or because the same connection asked for it first. */
function mustPrecede(a: Operation, b: Operation, all: readonly Operation[]): boolean {
  if (a.returned < b.called) return true;
  let before = all.find(({ id }) => id === b.after);
  while (before !== undefined && before.returned === Number.POSITIVE_INFINITY) {
    const { after } = before;
    before = all.find(({ id }) => id === after);
  }
  return before === a;
}
