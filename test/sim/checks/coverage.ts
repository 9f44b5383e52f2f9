/**
 * Counts what happened: every kind of fault and every rare state of the protocol that a batch of runs must have seen, or else
 * it proves less than it seems to. The list of what must not stay at zero is here, too.
 */

export class Coverage {
  readonly counts = new Map<string, number>();

  note(what: string, times = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + times);
  }

  of(what: string): number {
    return this.counts.get(what) ?? 0;
  }

  add(counts: Readonly<Record<string, number>>): void {
    for (const [what, times] of Object.entries(counts)) this.note(what, times);
  }

  toJSON(): Record<string, number> {
    return Object.fromEntries([...this.counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

/** Rare states of the protocol: each must occur in the standard batch. */
export const RARE_STATES: readonly string[] = [
  'a candidate raised a round',
  'a candidate gave up',
  'a leader was overtaken',
  'a leader lost its majority',
  'a leader handed over',
  'a hand-back failed',
  'a value was adopted',
  'a value was fetched in phase 1',
  'a parcel was sent again in another ballot',
  'a parcel was relayed',
  'a read was relayed',
  'a read waited for a round',
  'a binding refused a Prepare',
  'the restart wait refused a Prepare',
  'a Prepare below the promise',
  'an Accept below the promise',
  'decided slots were fetched',
  'decided slots were read from the log',
  'a replica became a learner',
  'an empty seat was filled',
  'a torn write was dropped',
  'a log was refused as damaged',
  'a segment was begun',
  'a snapshot was written',
  'a log was trimmed',
  'a replica began with a snapshot',
  'a replica caught up by a snapshot',
  'a snapshot failed',
  'there was no room for a snapshot',
  'a damaged snapshot was put aside',
  'a damaged log was read',
  'a log came back with faulty slots',
  'a faulty slot was reported',
  'a faulty slot was healed by a fetch',
  'the end of a log was lost',
  'a lost log was repaired',
  'a state was found to be wrong',
  'a snapshot of a wrong state was put aside',
  'a wrong state was rebuilt',
  'a quarantine ended',
  'a key went by itself',
  'a transaction was executed',
  'a watched key had changed',
  'a ONCE came again',
  'a backup was made',
  'a write ended uncertain',
  'a write found no quorum',
];

/**
 * States that take two leaders who fall one after the other within milliseconds, or a fault within one transfer: each must
 * occur in a batch ten times as large.
 */
export const RAREST_STATES: readonly string[] = [
  'a gap was filled by a no-op',
  'a duplicate was skipped',
  'a faulty slot was healed by an Accept',
  'a peer noticed a lost end',
  'a transfer was resumed',
  'a snapshot came too late',
];
