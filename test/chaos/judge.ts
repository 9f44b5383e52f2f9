/**
 * What a key's history says: whether the answers can be explained at all, and if not, whether a write was lost (what the key
 * held in the end cannot be explained) or a read was stale (only what was read in between cannot).
 */
import type { Operation } from '../sim/clients/history.js';
import { explain } from './explanation.js';
import { lighten } from './lighten.js';

export type Judgement = 'fine' | 'lost' | 'stale' | 'undecided';

/** Reads of this client stand at the end of a key's history. */
export const auditor = 'auditor';

export function judge(operations: readonly Operation[]): Judgement {
  const verdict = explain(lighten(operations));
  if (verdict === 'linearizable') return 'fine';
  if (verdict === 'undecided') return 'undecided';
  const withoutReads = operations.filter(({ kind, client }) => kind !== 'get' || client === auditor);
  return explain(lighten(withoutReads)) === 'linearizable' ? 'stale' : 'lost';
}

/** A key's history for people, in the order of calls. */
export function historyText(operations: readonly Operation[]): string {
  const lines = [...operations]
    .sort((a, b) => a.called - b.called)
    .map(({ client, kind, key, token, called, returned, output }) => {
      const end = returned === Number.POSITIVE_INFINITY ? 'unknown' : returned.toFixed(3);
      const what = kind === 'put' ? token : `gave ${output}`;
      return `${called.toFixed(3)} to ${end}  ${client}  ${kind} ${key} ${what}`;
    });
  return lines.join('\n');
}
