/**
 * Classical Paxos whose acceptors lose parts of their logs: the middle, whose promise is known, or the end, which is
 * repaired from what all the others know. Everything is drawn by lot, and promises are counted long after they were made.
 * Whatever is lost, a slot is chosen once; a loss may only keep anything from being chosen.
 */

import { expect } from 'chai';
import { lsn, type ReplicaName, replicaName, type Slot, slot } from '#src/base/ids.js';
import { Acceptor } from '#src/paxos/acceptor.js';
import { type Ballot, ballotText, compareBallots, maxBallot, NO_BALLOT } from '#src/paxos/ballot.js';
import type { LogRecord, Recovered } from '#src/paxos/effects.js';
import { FaultySlots } from '#src/paxos/faulty-slots.js';
import { Journal } from '#src/paxos/journal.js';
import type { Held, Run } from '#src/paxos/message.js';
import { PhaseOne } from '#src/paxos/phase-one.js';
import type { Value } from '#src/paxos/value.js';
import { Random } from './support/random.js';

const NONE = slot(0);
const SLOTS = [1, 2].map(slot);

/** What a log's records say, all of them sound. */
function recovered(records: readonly LogRecord[], faulty: readonly Run[], atLeast: Ballot): Recovered {
  let promised = atLeast;
  const held = new Map<Slot, Held>();
  for (const record of records) {
    if (record.type === 'decided') continue;
    promised = maxBallot(promised, record.ballot);
    if (record.type === 'accepted') held.set(record.slot, record);
  }
  const highestSlot = slot(Math.max(0, ...held.keys(), faulty.at(-1)?.to ?? 0));
  const state = { promised, decidedUpTo: NONE, firstSlot: slot(1), highestSlot };
  return { ...state, lastLsn: lsn(1_000), held: [...held.values()], faulty, lost: false };
}

class Voter {
  readonly name: ReplicaName;
  acceptor: Acceptor;
  /** Its log's end is gone, and not repaired. */
  lost = false;
  #journal = new Journal(lsn(1_000));
  #records: LogRecord[] = [];

  constructor(name: string) {
    this.name = replicaName(name);
    this.acceptor = new Acceptor(this.#journal, recovered([], [], NO_BALLOT));
  }

  promise(ballot: Ballot): boolean {
    if (this.lost || compareBallots(ballot, this.acceptor.promised) <= 0) return false;
    this.acceptor.promise(ballot);
    this.#keep();
    return true;
  }

  accept(ballot: Ballot, at: Slot, value: Value): boolean {
    if (this.lost || compareBallots(ballot, this.acceptor.promised) < 0) return false;
    this.acceptor.accept(ballot, [{ slot: at, value }], NONE);
    this.#keep();
    return true;
  }

  /** Some records in the middle cannot be read: slots without a later one are faulty at what was promised then. */
  damage(random: Random): void {
    const { promised, highest } = this.acceptor;
    const from = random.below(this.#records.length + 1);
    const to = from + random.below(this.#records.length - from + 1);
    const later = this.#records.slice(to);
    const faulty = SLOTS.filter(
      (at) => at <= highest && !later.some((one) => one.type === 'accepted' && one.slot === at),
    );
    if (from === to) return;
    this.#records = [...this.#records.slice(0, from), ...later];
    // What was faulty before has no later record either, unless it was healed.
    this.#restart(
      faulty.map((at) => ({ from: at, to: at, ballot: promised })),
      promised,
    );
  }

  /** The records from some place on are gone, and so is the knowledge of what was promised there. */
  loseEnd(random: Random): void {
    this.#records = this.#records.slice(0, random.below(this.#records.length + 1));
    this.#restart([], NO_BALLOT);
    this.lost = true;
  }

  /** As repairing.ts does. */
  repair(others: readonly Voter[]): void {
    const promised = others.reduce((most, { acceptor }) => maxBallot(most, acceptor.promised), this.acceptor.promised);
    const highestSlot = slot(Math.max(this.acceptor.highest, ...others.map(({ acceptor }) => acceptor.highest)));
    const faulty = this.acceptor.faultyUpTo(NONE, highestSlot, promised);
    this.#restart(faulty, promised);
    this.lost = false;
  }

  #restart(faulty: readonly Run[], atLeast: Ballot): void {
    this.#journal = new Journal(lsn(1_000));
    this.acceptor = new Acceptor(this.#journal, recovered(this.#records, faulty, atLeast));
  }

  #keep(): void {
    this.#records.push(...this.#journal.take().records);
  }
}

interface Candidacy {
  readonly ballot: Ballot;
  readonly candidate: Voter;
  readonly phase: PhaseOne;
}

interface Proposed {
  readonly ballot: Ballot;
  readonly at: Slot;
  readonly value: Value;
}

class History {
  readonly #random: Random;
  readonly #voters: readonly Voter[];
  readonly #majority: number;
  readonly #votes = new Map<string, Set<ReplicaName>>();
  readonly #chosen = new Map<Slot, string>();
  #open: Candidacy[] = [];
  #proposed: Proposed[] = [];
  #round = 0;
  again = 0;
  repairs = 0;

  constructor(random: Random) {
    this.#random = random;
    const size = random.pick([3, 5]);
    this.#majority = (size + 1) / 2;
    this.#voters = ['a', 'b', 'c', 'd', 'e'].slice(0, size).map((name) => new Voter(name));
  }

  step(): void {
    const lot = this.#random.fraction();
    if (lot < 0.12) this.#stand();
    else if (lot < 0.5) this.#askOne();
    else if (lot < 0.94) this.#propose();
    else if (lot < 0.96) this.#restarting((voter) => voter.damage(this.#random));
    else if (lot < 0.97) this.#restarting((voter) => voter.loseEnd(this.#random));
    else this.#repair();
  }

  #stand(): void {
    const candidate = this.#random.pick(this.#voters);
    this.#round += 1;
    const ballot = { round: this.#round, replica: candidate.name };
    if (!candidate.promise(ballot)) return;
    const phase = new PhaseOne(this.#majority);
    phase.promised(candidate.name, { decidedUpTo: NONE, runs: candidate.acceptor.runs(100).runs });
    this.#open.push({ ballot, candidate, phase });
  }

  /** One more promise, or a value, for some candidacy; or it begins to propose. */
  #askOne(): void {
    if (this.#open.length === 0) return;
    const { ballot, candidate, phase } = this.#random.pick(this.#open);
    const voter = this.#random.pick(this.#voters);
    if (!phase.hasPromised(voter.name) && voter.promise(ballot)) {
      phase.promised(voter.name, { decidedUpTo: NONE, runs: voter.acceptor.runs(100).runs });
    }
    for (const at of SLOTS) {
      const held = voter.acceptor.held(at);
      if (held !== undefined) phase.fetched(held);
    }
    if (compareBallots(candidate.acceptor.promised, ballot) > 0) return;
    const state = phase.state(NONE, (at) => candidate.acceptor.held(at));
    if (state.type !== 'complete') return;
    this.#open = this.#open.filter((one) => one.ballot !== ballot);
    const safe = new Map(state.proposals.map((proposal) => [proposal.slot, proposal.value]));
    for (const at of SLOTS) {
      const value = safe.get(at);
      this.#proposed.push({
        ballot,
        at,
        value: value === undefined || value.type === 'noop' ? fresh(ballot, at) : value,
      });
    }
  }

  #propose(): void {
    // Old ones seldom: else hardly anything would be accepted.
    const recent = this.#random.chance(0.9) ? this.#proposed.slice(-4) : this.#proposed;
    if (recent.length === 0) return;
    const { ballot, at, value } = this.#random.pick(recent);
    const voter = this.#random.pick(this.#voters);
    if (!voter.accept(ballot, at, value)) return;
    const key = `${at} ${ballotText(ballot)}`;
    const votes = this.#votes.get(key) ?? new Set();
    this.#votes.set(key, votes.add(voter.name));
    if (votes.size < this.#majority) return;
    const before = this.#chosen.get(at);
    if (before !== undefined && before !== textOf(value)) {
      throw new Error(`slot ${at}: ${before} was chosen, and now ${textOf(value)} in ${ballotText(ballot)}`);
    }
    if (before !== undefined) this.again += 1;
    this.#chosen.set(at, textOf(value));
  }

  /** A process that comes back has no candidacy under way. */
  #restarting(happens: (voter: Voter) => void): void {
    const voter = this.#random.pick(this.#voters);
    if (voter.lost) return;
    this.#open = this.#open.filter(({ candidate }) => candidate !== voter);
    happens(voter);
  }

  #repair(): void {
    const lost = this.#voters.filter((voter) => voter.lost);
    const [voter] = lost;
    if (voter === undefined || lost.length > 1) return;
    voter.repair(this.#voters.filter((other) => other !== voter));
    this.repairs += 1;
  }
}

function fresh(ballot: Ballot, at: Slot): Value {
  return { type: 'batch', stamp: at, bytes: Buffer.from(ballotText(ballot)) };
}

function textOf(value: Value): string {
  return value.type === 'batch' ? Buffer.from(value.bytes).toString() : value.type;
}

describe('acceptors that lose parts of their logs', function () {
  this.timeout(120_000);

  it('never let a slot be chosen twice', () => {
    const met = { again: 0, repairs: 0 };
    const seeds = process.env.SYNOD_LONG === undefined ? 1_500 : 30_000;
    for (let seed = 1; seed <= seeds; seed++) {
      const history = new History(new Random(seed));
      try {
        for (let step = 0; step < 300; step++) history.step();
      } catch (error) {
        throw new Error(`history ${seed}`, { cause: error });
      }
      met.again += history.again;
      met.repairs += history.repairs;
    }
    expect(met.again).to.be.greaterThan(2_000);
    expect(met.repairs).to.be.greaterThan(500);
  });
});

describe('faulty slots', () => {
  it('are what a list of slots with a ballot each would be', () => {
    const random = new Random(7);
    const ballots: readonly Ballot[] = [1, 2, 3].map((round) => ({ round, replica: replicaName('a') }));
    for (let run = 0; run < 2_000; run++) {
      const faulty = new FaultySlots();
      const model = new Map<number, Ballot>();
      for (let step = 0; step < 8; step++) {
        const at = slot(1 + random.below(9));
        const ballot = random.pick(ballots);
        if (random.chance(0.4)) {
          const to = at + random.below(10 - at);
          faulty.add(at, to, ballot);
          for (let i = at as number; i <= to; i++) model.set(i, maxBallot(model.get(i) ?? NO_BALLOT, ballot));
        } else if (random.chance(0.8)) {
          faulty.heal(at);
          model.delete(at);
        } else {
          const to = at + random.below(10 - at);
          if (random.chance(0.5)) {
            faulty.dropBelow(at);
            for (let i = 1; i < at; i++) model.delete(i);
          } else {
            faulty.remove(at, to);
            for (let i = at as number; i <= to; i++) model.delete(i);
          }
        }
        for (let i = 1; i <= 9; i++) expect(faulty.at(slot(i))).to.deep.equal(model.get(i) ?? NO_BALLOT);
        expect(faulty.count).to.equal(model.size);
        const ends = faulty.runs.flatMap(({ from, to }) => [from, to]);
        expect(ends).to.deep.equal([...ends].sort((a, b) => a - b));
      }
    }
  });
});
