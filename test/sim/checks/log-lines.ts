/**
 * Recognises rare states in what replicas log of themselves, where no input or effect of the core tells them. It judges
 * nothing.
 */

import type { LogFields } from '#src/node/logger.js';

const STATES: Readonly<Record<string, string>> = {
  'a part of the log cannot be read': 'a damaged log was read',
  'dropped a write that a crash cut short': 'a torn write was dropped',
  'wrote a snapshot': 'a snapshot was written',
  'trims the log': 'a log was trimmed',
  'took over a snapshot': 'a replica caught up by a snapshot',
  'rebuilt the state from the snapshot of another': 'a wrong state was rebuilt',
  'put a damaged snapshot aside: an older one, the log or a peer has to do': 'a damaged snapshot was put aside',
  'put a damaged snapshot aside: another is written': 'a damaged snapshot was put aside',
  'put a snapshot aside: it may hold the wrong state': 'a snapshot of a wrong state was put aside',
  'cannot write a snapshot: the log is kept until there is one': 'a snapshot failed',
  'there is no room for a snapshot: the log is kept until there is one': 'there was no room for a snapshot',
  'cannot take a snapshot over': 'a snapshot that arrived was refused',
  'cannot read a snapshot for a peer': 'a snapshot could not be read for a peer',
};

/** Null where the line tells nothing rare. */
export function rarityOf(event: string, fields: LogFields): string | null {
  const known = STATES[event];
  if (known !== undefined) return known;
  const { have, snapshot, reason } = fields;
  if (event === 'catches up by a snapshot') return Number(have) > 0 ? 'a transfer was resumed' : 'a transfer was begun';
  if (event === 'recovered' && Number(snapshot) > 0) return 'a replica began with a snapshot';
  if (event === 'ignored' && String(reason).startsWith('snapshot: ')) return 'a snapshot came too late';
  return null;
}
