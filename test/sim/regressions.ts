/**
 * Runs that once failed, each with what was wrong. They are played by every `npm test`. A run means something else when the
 * program or the simulator draws differently, so these are no proof that a bug is gone; the rule it broke has its own test.
 */

import type { Wishes } from './plan.js';

export interface Regression {
  readonly seed: number;
  readonly wishes: Wishes;
  readonly what: string;
}

export const REGRESSIONS: readonly Regression[] = [
  { seed: 26, wishes: {}, what: 'a learner fetched nothing for a second' },
  { seed: 275, wishes: {}, what: 'a hand-back over slow links failed for want of patience' },
  { seed: 1795348925017, wishes: {}, what: 'timers of a stopped replica were due late when it went on early' },
  { seed: 1800000000561, wishes: {}, what: 'calm was asked for while leadership went back to one that had healed' },
  { seed: 1795380968376, wishes: {}, what: 'a rebuilt state waited for a comparison, and everybody for its replica' },
  { seed: 1820000000033, wishes: {}, what: 'a snapshot was taken away between its last look and the trim behind it' },
  { seed: 1795390675349, wishes: {}, what: 'a transaction that a snapshot covers counted as unanswered' },
  {
    seed: 7044,
    wishes: {},
    what: 'a state went wrong in the calm, by a fault of the storm that had waited for a batch',
  },
  {
    seed: 1796016217694,
    wishes: {},
    what: 'stamps went on from what a replica wrote that had been ahead of time, and the check forbade it',
  },
  {
    seed: 1796017225074,
    wishes: {},
    what: 'a peer was not asked for its snapshot for five seconds, because there had been no room for it here',
  },
  {
    seed: 1796022658258,
    wishes: {},
    what: 'answers were asked of a replica that was still catching up',
  },
  {
    seed: 1796021221629,
    wishes: {},
    what: 'a peer was told as decided what had been accepted before, out of a log that what was decided had not reached yet',
  },
  {
    seed: 1796020414023,
    wishes: {},
    what: 'answers were asked of a connection whose other end had died before the calm',
  },
  {
    seed: 1796018652755,
    wishes: {},
    what: 'a leader that was stopped between looks at its two clocks took its time to be later than it was',
  },
  {
    seed: 1796017923967,
    wishes: {},
    what: 'answers were asked of a replica whose state nobody could vouch for',
  },
  {
    seed: 2,
    wishes: { profile: 'leases' },
    what: "a leader's time began below the stamps that it had adopted, and no key went",
  },
  {
    seed: 16,
    wishes: { profile: 'leases' },
    what: 'a peer without a newer snapshot was not asked again for five seconds',
  },
  {
    seed: 1796025343850,
    wishes: {},
    what: 'answers were asked of a replica that had to take over one snapshot after the other',
  },
  {
    seed: 1796027206415,
    wishes: {},
    what: 'a leader was asked for where one of two that a founding names had lost its disk',
  },
  {
    seed: 1796027323464,
    wishes: {},
    what: 'a leader was asked for where a founding names none of those that may lead',
  },
  {
    seed: 1796032716561,
    wishes: {},
    what: 'a client that makes backups was turned away, and took it for an answer',
  },
  {
    seed: 1796033209281,
    wishes: {},
    what: 'the log grew on for a minute after a failed snapshot, although one had been written for a backup since',
  },
];
