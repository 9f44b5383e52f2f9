/**
 * Makes a key's history lighter for the search without changing what it says. Values are unique, so a value that was read tells
 * when its write must have happened and its reads cannot have; and a read during which somebody else's read of the same value
 * began and ended adds nothing: what explains the shorter one explains both.
 */
import type { Operation } from '../sim/clients/history.js';

export function lighten(operations: readonly Operation[]): readonly Operation[] {
  return withoutIdleReads(narrowed(operations));
}

const isRead = ({ kind }: Operation): boolean => kind === 'get';

/** A write ends before the first of its reads does, and they begin after it does. */
function narrowed(operations: readonly Operation[]): readonly Operation[] {
  const firstReadEnd = new Map<Operation['output'], number>();
  for (const { output, returned } of operations.filter(isRead)) {
    firstReadEnd.set(output, Math.min(returned, firstReadEnd.get(output) ?? returned));
  }
  const begun = new Map<string, number>();
  const attempts = new Map<string, number>();
  for (const { kind, token, called } of operations) {
    if (kind !== 'put') continue;
    begun.set(token, Math.min(called, begun.get(token) ?? called));
    attempts.set(token, (attempts.get(token) ?? 0) + 1);
  }
  return operations.map((operation) => {
    const { kind, token, output, called, returned } = operation;
    if (kind === 'put' && attempts.get(token) === 1) {
      const end = Math.min(returned, firstReadEnd.get(token) ?? returned);
      // Read before it began: nothing can explain that, and the search shall see it as it was.
      return end < called ? operation : { ...operation, returned: end };
    }
    if (kind === 'get' && typeof output === 'string') {
      const begin = Math.max(called, begun.get(output) ?? called);
      return begin > returned ? operation : { ...operation, called: begin };
    }
    return operation;
  });
}

/** From the last call backwards: a read stays only if it ended before all of its value that were called after it. */
function withoutIdleReads(operations: readonly Operation[]): readonly Operation[] {
  const idle = new Set<Operation>();
  const earliestEnd = new Map<Operation['output'], number>();
  const shortestFirst = (a: Operation, b: Operation): number => b.called - a.called || a.returned - b.returned;
  for (const read of operations.filter(isRead).sort(shortestFirst)) {
    const earliest = earliestEnd.get(read.output) ?? Number.POSITIVE_INFINITY;
    if (read.returned < earliest) earliestEnd.set(read.output, read.returned);
    else idle.add(read);
  }
  return operations.filter((operation) => !idle.has(operation));
}
