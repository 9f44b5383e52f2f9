/** What clients are let do in a report: puts or gets by so many clients, at the member that leads or at another. */

export interface Work {
  readonly kind: 'put' | 'get';
  readonly clients: number;
  /** Requests that each client keeps under way. */
  readonly depth: number;
  readonly at: 'leader' | 'follower';
}

export function work(kind: Work['kind'], clients: number, depth = 1, at: Work['at'] = 'leader'): Work {
  return { kind, clients, depth, at };
}

/** As in `put, 64 clients × 16 in flight`. */
export function nameOf({ kind, clients, depth, at }: Work): string {
  const who = `${clients.toLocaleString('en')} ${clients === 1 ? 'client' : 'clients'}`;
  return `${kind}${at === 'follower' ? ' through a follower' : ''}, ${who}${depth === 1 ? '' : ` × ${depth} in flight`}`;
}

/** Every system's, but for those at a follower: others than Synod would answer what may be stale there, or pass it on. */
export const tableWorks: readonly Work[] = [
  work('put', 1),
  work('put', 64),
  work('put', 256),
  work('put', 64, 16),
  work('get', 64),
  work('get', 64, 16),
  work('get', 64, 1, 'follower'),
  work('get', 64, 16, 'follower'),
];
