/**
 * What a log that was read means together with the snapshot that the state machine begins with: from where it can be replayed, to
 * where, what a replica must report as faulty, and whether a repair has to say so on disk before anything else is written.
 */

import { slot } from '../base/ids.js';
import { DECIDED } from '../paxos/ballot.js';
import type { AcceptorState } from '../paxos/effects.js';
import type { Run } from '../paxos/message.js';
import type { Scan } from './log-scan.js';

export interface Judgement {
  /** As the log goes on from here. */
  readonly state: AcceptorState;
  readonly faulty: readonly Run[];
  readonly lost: boolean;
  /** Something is missing of which the log itself says nothing yet. */
  readonly isNews: boolean;
}

/** `snapshotSlot`: the state of the slots up to it is known; what the log holds of them is for peers only. */
export function judge({ contents, lostEnd }: Scan, snapshotSlot: number): Judgement {
  const { index, faulty, decidedUpTo: claimed } = contents;
  const lost = contents.isLost || lostEnd !== null;
  let decidedUpTo = snapshotSlot;
  if (snapshotSlot > claimed) contents.begin(snapshotSlot + 1);
  while (decidedUpTo < claimed && index.ballotOf(decidedUpTo + 1) !== 0) decidedUpTo++;
  // Without a snapshot that reaches up to it, the log begins where one has to be found.
  const { firstSlot: before } = contents;
  contents.begin(Math.min(before, snapshotSlot + 1));
  faulty.add(contents.firstSlot, Math.min(before - 1, claimed), DECIDED);
  faulty.dropBelow(decidedUpTo + 1);
  // What is held for a faulty slot is not what was accepted last.
  for (const n of index.slotsAbove(decidedUpTo)) if (faulty.has(n)) index.remove(n);
  const state = {
    promised: contents.promised,
    decidedUpTo: slot(decidedUpTo),
    firstSlot: slot(contents.firstSlot),
    highestSlot: slot(Math.max(contents.highestSlot, decidedUpTo)),
  };
  const isNews = !lost && (contents.isDoubtful || decidedUpTo < claimed);
  return { state, faulty: faulty.runs, lost, isNews };
}
