/**
 * Phase 1, compared twice by brute force. Its bar, with the definition: a value may be proposed when some majority of the
 * promisers reported nothing higher. And its outcome, with classical Paxos over histories drawn by lot: a value that a
 * majority accepted in one ballot is what every later ballot proposes, whoever promised, whoever died, whatever was fetched
 * from whom.
 */

import { expect } from 'chai';
import { type ReplicaName, replicaName, type Slot, slot } from '#src/base/ids.js';
import { type Ballot, ballotText, compareBallots, maxBallot, NO_BALLOT } from '#src/paxos/ballot.js';
import type { Held, Run } from '#src/paxos/message.js';
import { PhaseOne, type PhaseOneState } from '#src/paxos/phase-one.js';
import { NOOP, type Value } from '#src/paxos/value.js';
import { readBallot, readHeld, readMessage } from './support/notation.js';
import { Puppet } from './support/puppet.js';
import { Random } from './support/random.js';

const LETTERS = ['a', 'b', 'c', 'd', 'e'];

interface Report {
  readonly decidedUpTo: Slot;
  readonly runs: readonly Run[];
}

function readReport(text: string): Report {
  const defaults = new Puppet(replicaName('b'), 1, [], slot(0)).defaults(0);
  const message = readMessage(`promise 9.a, ${text}`, defaults);
  if (message.type !== 'promise') throw new Error('a report is a promise');
  return message;
}

function stateText(state: PhaseOneState): string {
  if (state.type === 'waiting') return 'waits';
  if (state.type === 'fetching') {
    return `fetches ${state.wanted.from}-${state.wanted.to} of ${state.wanted.holders.join(' ')}`;
  }
  const text = ({ type }: Value) => type;
  return `proposes ${state.proposals.map((proposal) => `${proposal.slot}=${text(proposal.value)}`).join(' ')}`.trim();
}

/** Decided prefix 4 everywhere unless a report says otherwise; majority of three or five. */
const ROWS: readonly (readonly [
  majority: number,
  reports: Readonly<Record<string, string>>,
  own: string,
  fetched: string,
  outcome: string,
])[] = [
  [2, { a: 'decided 4' }, '', '', 'waits'],
  [2, { a: 'decided 4', b: 'decided 4' }, '', '', 'proposes'],
  [2, { a: 'decided 4', b: 'decided 2' }, '', '', 'proposes'],
  [2, { a: 'decided 4', b: 'decided 4, holds 5@1.b' }, '', '', 'fetches 5-5 of b'],
  [2, { a: 'decided 4', b: 'decided 4, holds 5@1.b' }, '', '5@1.b=batch(1 B at 1)', 'proposes 5=batch'],
  [2, { a: 'decided 4', b: 'decided 4, holds 5@1.b' }, '', '5@1.a=batch(1 B at 1)', 'fetches 5-5 of b'],
  [2, { a: 'decided 4, holds 5@1.b', b: 'decided 4, holds 5@1.b' }, '5@1.b=batch(1 B at 1)', '', 'proposes 5=batch'],
  [2, { a: 'decided 4, holds 5@1.a', b: 'decided 4, holds 5@1.b' }, '5@1.a=batch(1 B at 1)', '', 'fetches 5-5 of b'],
  [2, { a: 'decided 4, holds 5@1.b', b: 'decided 4, holds 5@1.a' }, '5@1.b=batch(1 B at 1)', '', 'proposes 5=batch'],
  // A third promise lowers the bar, and never raises it.
  [2, { a: 'decided 4', b: 'decided 4, holds 5@1.b', c: 'decided 4' }, '', '', 'proposes 5=noop'],
  [
    2,
    { a: 'decided 4, holds 5@1.a', b: 'decided 4, holds 5@1.b', c: 'decided 4' },
    '5@1.a=batch(1 B at 1)',
    '',
    'proposes 5=batch',
  ],
  [2, { a: 'decided 4', b: 'decided 4, holds 5@2.b', c: 'decided 4, holds 5@1.c' }, '', '', 'fetches 5-5 of b c'],
  // Gaps get no-ops, and what stands behind them counts.
  [2, { a: 'decided 4', b: 'decided 4, holds 7@1.b' }, '', '7@1.b=batch(1 B at 1)', 'proposes 5=noop 6=noop 7=batch'],
  [2, { a: 'decided 4', b: 'decided 4, holds 5-6@1.b 8@1.b' }, '', '5@1.b=batch(1 B at 1)', 'fetches 6-8 of b'],
  // What is decided elsewhere is above everything.
  [2, { a: 'decided 4, holds 5@8.a', b: 'decided 5' }, '5@8.a=batch(1 B at 1)', '', 'fetches 5-5 of b'],
  [2, { a: 'decided 4', b: 'decided 4, holds 5@decided' }, '', '', 'fetches 5-5 of b'],
  [2, { a: 'decided 4', b: 'decided 6' }, '', '5@decided=batch(1 B at 1) 6@decided=noop', 'proposes 5=batch 6=noop'],
  // Five: three reports that agree on nothing are enough, two are not.
  [3, { a: 'decided 4', b: 'decided 4', c: 'decided 4, holds 5@1.c' }, '', '', 'fetches 5-5 of c'],
  [3, { a: 'decided 4', b: 'decided 4', c: 'decided 4, holds 5@1.c', d: 'decided 4' }, '', '', 'proposes 5=noop'],
  [
    3,
    { a: 'decided 4', b: 'decided 4, holds 5@1.b', c: 'decided 4, holds 5@1.c', d: 'decided 4' },
    '',
    '',
    'fetches 5-5 of c b',
  ],
];

function filled(majority: number, reports: Iterable<readonly [string, Report]>, fetched: readonly Held[]): PhaseOne {
  const phase = new PhaseOne(majority);
  for (const [name, report] of reports) phase.promised(replicaName(name), report);
  for (const held of fetched) phase.fetched(held);
  return phase;
}

describe('phase 1', () => {
  for (const [majority, reports, own, fetched, outcome] of ROWS) {
    const told = Object.entries(reports).map(([name, text]) => `${name}: ${text}`);
    it(`${told.join('; ')}; own ${own || 'nothing'}; fetched ${fetched || 'nothing'}: ${outcome}`, () => {
      const values = (text: string): Held[] =>
        text
          .split(/ (?=\d+@)/)
          .filter((piece) => piece !== '')
          .map(readHeld);
      const read = Object.entries(reports).map(([name, text]) => [name, readReport(text)] as const);
      const phase = filled(majority, read, values(fetched));
      const held = new Map(values(own).map((entry) => [entry.slot, entry]));
      expect(stateText(phase.state(slot(4), (at) => held.get(at)))).to.equal(outcome);
    });
  }

  it('keeps the higher of two values fetched for a slot', () => {
    const reports = [
      ['a', readReport('decided 4')],
      ['b', readReport('decided 4, holds 5@2.b')],
    ] as const;
    for (const order of [
      ['5@2.b=noop', '5@1.c=batch(1 B at 1)'],
      ['5@1.c=batch(1 B at 1)', '5@2.b=noop'],
    ]) {
      const phase = filled(2, reports, order.map(readHeld));
      expect(stateText(phase.state(slot(4), () => undefined))).to.equal('proposes 5=noop');
    }
  });

  it('says no more than the definition allows, over small reports drawn by lot', () => {
    const random = new Random(11);
    const outcomes = { proposes: 0, fetches: 0 };
    for (let run = 0; run < 5_000; run++) compareWithDefinition(random, outcomes);
    expect(outcomes.proposes).to.be.greaterThan(1_000);
    expect(outcomes.fetches).to.be.greaterThan(1_000);
  });
});

const BALLOTS = ['none', '1.a', '1.b', '2.a', 'decided'].map(readBallot);

/** One slot, one report a replica; the definition taken literally, over every majority of the promisers. */
function compareWithDefinition(random: Random, outcomes: { proposes: number; fetches: number }): void {
  const size = random.pick([3, 5]);
  const majority = (size + 1) / 2;
  const promisers = LETTERS.slice(0, size).filter(() => random.chance(0.8));
  if (promisers.length < majority) return;
  const ballots = new Map(promisers.map((name) => [name, random.pick(BALLOTS)]));
  const own = { slot: slot(5), ballot: random.pick(BALLOTS.slice(1)), value: NOOP };
  const holds = random.chance(0.7);
  const reports = [...ballots].map(([name, ballot]): readonly [string, Report] => {
    const runs = ballot.round === 0 ? [] : [{ from: slot(5), to: slot(5), ballot }];
    return [name, { decidedUpTo: slot(4), runs }];
  });
  const state = filled(majority, reports, []).state(slot(4), () => (holds ? own : undefined));
  const safe = (ballot: Ballot): boolean =>
    subsets(promisers).some(
      (group) =>
        group.length >= majority && group.every((name) => compareBallots(ballots.get(name) ?? NO_BALLOT, ballot) <= 0),
    );
  const mayPropose = (holds && safe(own.ballot)) || safe(NO_BALLOT);
  const nothing = [...ballots.values()].every((ballot) => ballot.round === 0);
  const story = `${[...ballots].map(([name, ballot]) => `${name} ${ballotText(ballot)}`).join(', ')}; own ${holds ? ballotText(own.ballot) : 'none'}`;
  if (mayPropose) outcomes.proposes += 1;
  else outcomes.fetches += 1;
  expect(state.type, story).to.equal(mayPropose ? 'complete' : 'fetching');
  if (state.type === 'complete') expect(state.proposals.length, story).to.equal(nothing ? 0 : 1);
  if (state.type === 'fetching') {
    const highest = [...ballots.values()].reduce(maxBallot);
    expect(ballotText(ballots.get(state.wanted.holders[0] ?? '') ?? NO_BALLOT), story).to.equal(ballotText(highest));
  }
}

function subsets<T>(items: readonly T[]): T[][] {
  return Array.from({ length: 2 ** items.length }, (_, bits) => items.filter((_item, i) => (bits >> i) & 1));
}

/** An acceptor of the simplest kind. */
interface Voter {
  readonly name: ReplicaName;
  promised: Ballot;
  readonly held: Map<Slot, Held>;
}

/** Classical Paxos over two slots with PhaseOne as its candidates; every choice by lot. */
class History {
  readonly #random: Random;
  readonly #voters: readonly Voter[];
  readonly #majority: number;
  /** Accepted where: `slot ballot` → who. */
  readonly #votes = new Map<string, { readonly value: string; readonly who: Set<ReplicaName> }>();
  readonly #chosen = new Map<Slot, string>();
  chosenTwice = 0;

  constructor(random: Random) {
    this.#random = random;
    const size = random.pick([3, 5]);
    this.#majority = (size + 1) / 2;
    this.#voters = LETTERS.slice(0, size).map((name) => ({
      name: replicaName(name),
      promised: NO_BALLOT,
      held: new Map<Slot, Held>(),
    }));
  }

  candidacy(round: number): void {
    const candidate = this.#random.pick(this.#voters);
    const ballot = { round, replica: candidate.name };
    const promisers = this.#voters.filter((voter) => voter === candidate || this.#random.chance(0.7));
    const phase = new PhaseOne(this.#majority);
    for (const voter of promisers) {
      voter.promised = ballot;
      phase.promised(voter.name, { decidedUpTo: slot(0), runs: runsOf(voter) });
    }
    let state = phase.state(slot(0), (at) => candidate.held.get(at));
    // Anybody who can be reached may answer a fetch, also with a value that nobody asked it for.
    for (let tries = 0; state.type === 'fetching' && tries < 4; tries++) {
      const { from } = state.wanted;
      const held = this.#random.pick(this.#voters).held.get(from);
      if (held !== undefined) phase.fetched(held);
      state = phase.state(slot(0), (at) => candidate.held.get(at));
    }
    if (state.type !== 'complete') return;
    const proposals = new Map(state.proposals.map((proposal) => [proposal.slot, proposal.value]));
    for (const at of [slot(1), slot(2)]) {
      const value = proposals.get(at) ?? fresh(ballot, at);
      this.#propose(ballot, at, value.type === 'noop' ? fresh(ballot, at) : value);
    }
  }

  #propose(ballot: Ballot, at: Slot, value: Value): void {
    const text = textOf(value);
    const known = this.#chosen.get(at);
    if (known !== undefined && known !== text) {
      throw new Error(`slot ${at}: ${known} was chosen, ${ballotText(ballot)} proposes ${text}`);
    }
    if (known !== undefined) this.chosenTwice += 1;
    for (const voter of this.#voters) {
      if (!this.#random.chance(0.6) || compareBallots(ballot, voter.promised) < 0) continue;
      voter.promised = ballot;
      voter.held.set(at, { slot: at, ballot, value });
      const key = `${at} ${ballotText(ballot)}`;
      const votes = this.#votes.get(key) ?? { value: text, who: new Set<ReplicaName>() };
      this.#votes.set(key, votes);
      votes.who.add(voter.name);
      if (votes.who.size >= this.#majority) this.#chosen.set(at, text);
    }
  }
}

function fresh(ballot: Ballot, at: Slot): Value {
  return { type: 'batch', stamp: at, bytes: Buffer.from(ballotText(ballot)) };
}

function textOf(value: Value): string {
  return value.type === 'batch' ? Buffer.from(value.bytes).toString() : value.type;
}

function runsOf({ held }: Voter): Run[] {
  return [...held.values()]
    .sort((a, b) => a.slot - b.slot)
    .map((entry) => ({ from: entry.slot, to: entry.slot, ballot: entry.ballot }));
}

describe('classical Paxos with this phase 1', function () {
  this.timeout(60_000);

  it('never proposes anything else where something is chosen', () => {
    let met = 0;
    for (let seed = 1; seed <= 2_000; seed++) {
      const history = new History(new Random(seed));
      try {
        for (let round = 1; round <= 12; round++) history.candidacy(round);
      } catch (error) {
        throw new Error(`history ${seed}`, { cause: error });
      }
      met += history.chosenTwice;
    }
    expect(met).to.be.greaterThan(2_000);
  });
});
