/** A fault of a plan: what, and when. Whom it strikes and how badly it draws from a stream of its own, named by its id. */

export const FAULT_KINDS = [
  'kill',
  'kill the leader',
  'kill all',
  'power loss',
  'power loss of all',
  'crash at a disk operation',
  'crash during recovery',
  'stop',
  'stop the leader',
  'stop within a task',
  'suspend',
  'slow loop',
  'restart in order',
  'restart with another priority',
  'drain',
  'cut',
  'one-way cut',
  'isolate',
  'cut new leaders off',
  'split',
  'chain',
  'cut clients off',
  'break connections',
  'stick a connection',
  'slow way',
  'clog',
  'flap',
  'lose votes',
  'disk stall',
  'slow disk',
  'disk error',
  'disk full',
  'flip bits',
  'wipe',
  'flip bits of the log',
  'lose the end of the log',
  'lose a file of the log',
  'damage a snapshot',
  'crash with a snapshot under way',
  'snapshot error',
  'long absence',
  'execute something else',
  'clock drift',
  'wall clock jump',
  'leader late and unheard',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

export interface PlannedFault {
  readonly id: number;
  readonly kind: FaultKind;
  readonly at: number;
}
