/**
 * What one key does, sequentially: a value or nothing, and the few commands that clients use. Further commands are further
 * cases here; the checker knows only `step`.
 */

import type { Operation } from '../clients/history.js';

/** The token of the write whose value the key holds; '' when it is not there. */
export type State = string;

export const INITIAL: State = '';

type Step = Pick<Operation, 'kind' | 'token' | 'output' | 'returned'>;

/** The state after the operation took effect; undefined when it could not have had its answer. */
export function step(state: State, { kind, token, output, returned }: Step): State | undefined {
  const isUnknown = returned === Number.POSITIVE_INFINITY;
  switch (kind) {
    case 'put':
      return token;
    case 'expiry':
      return state === token ? '' : undefined;
    case 'get':
      return isUnknown || (output ?? '') === state ? state : undefined;
    case 'exists':
      return isUnknown || output === (state === '' ? 0 : 1) ? state : undefined;
    case 'delete':
      return isUnknown || output === (state === '' ? 0 : 1) ? '' : undefined;
  }
}
