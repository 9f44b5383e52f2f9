/**
 * What a log must hold, said in the simplest way: a list of everything appended, and how far it was acknowledged. Checks a
 * recovered log against it: nothing acknowledged is lost, nothing is there that was not appended, nothing is changed.
 */

import { expect } from 'chai';
import { slot } from '#src/base/ids.js';
import { type Ballot, compareBallots, DECIDED, isDecided, NO_BALLOT, sameBallot } from '#src/paxos/ballot.js';
import type { AcceptorState, LogRecord } from '#src/paxos/effects.js';
import type { Value } from '#src/paxos/value.js';
import type { OpenedLog } from '#src/store/log.js';

interface Step {
  readonly records: readonly LogRecord[];
  readonly state: AcceptorState;
}

interface Counted {
  readonly ballot: Ballot;
  readonly value: Value;
}

export class LogModel {
  /** Everything up to this LSN has been acknowledged. */
  acknowledged = 0;
  private steps: Step[] = [];
  /** What the last recovery found: from then on it is durable. */
  private floor: AcceptorState = {
    promised: NO_BALLOT,
    decidedUpTo: slot(0),
    firstSlot: slot(1),
    highestSlot: slot(0),
  };

  append(records: readonly LogRecord[], state: AcceptorState): void {
    this.steps.push({ records, state });
  }

  /** Holds `opened` against the list; what it did not keep is forgotten here as well, and what it kept now counts. */
  async check(opened: OpenedLog): Promise<void> {
    const { recovered } = opened;
    const { lastLsn } = recovered;
    expect(lastLsn, 'an acknowledged record is lost').to.be.at.least(this.acknowledged);
    const records = this.steps.flatMap((step) => step.records);
    const last = records.at(-1)?.lsn ?? 0;
    expect(lastLsn, 'a record was never appended').to.be.at.most(last);
    const kept = records.filter((record) => record.lsn <= lastLsn);
    this.checkState(recovered, kept);
    const counted = fold(kept);
    const above = [...counted].filter(([at]) => at > recovered.decidedUpTo).sort(([a], [b]) => a - b);
    expect(recovered.held).to.deep.equal(above.map(([at, { ballot, value }]) => ({ slot: at, ballot, value })));
    await checkReplay(opened, counted);
    this.forgetAbove(lastLsn, recovered);
    this.acknowledged = lastLsn;
  }

  /**
   * Holds a log that was damaged against the list: whatever it does not know any more it says so. Returns what it says of the
   * damage: `whole`, `faulty` or `lost`.
   */
  async checkDamaged(opened: OpenedLog): Promise<'whole' | 'faulty' | 'lost'> {
    const { recovered } = opened;
    const { held, faulty, lost, decidedUpTo } = recovered;
    const counted = fold(this.steps.flatMap((step) => step.records));
    const promised = highest([
      ...this.steps.map((step) => step.state.promised),
      ...this.steps.flatMap((step) => ballotsOf(step.records)),
    ]);
    await checkReplay(opened, counted);
    if (lost) return 'lost';
    expect(compareBallots(recovered.promised, promised), 'a promise is forgotten').to.be.at.least(0);
    const claimed = Math.max(...this.steps.map((step) => step.state.decidedUpTo));
    for (const at of counted.keys()) {
      if (at <= decidedUpTo) continue;
      const run = faulty.find(({ from, to }) => from <= at && at <= to);
      const entry = held.find((each) => each.slot === at);
      const known = run?.ballot ?? entry?.ballot ?? NO_BALLOT;
      const written = this.recordsOf(at);
      // What was learned may be learned again; what was accepted was a vote.
      const votes = written.filter(({ ballot }) => !isDecided(ballot)).map(({ ballot }) => ballot);
      const least = at <= claimed ? DECIDED : highest(votes);
      expect(compareBallots(known, least), `slot ${at} is forgotten`).to.be.at.least(0);
      if (run !== undefined || entry === undefined) continue;
      const values =
        at <= claimed ? [counted.get(at)] : written.filter(({ ballot }) => sameBallot(ballot, entry.ballot));
      expect(
        values.map((each) => each?.value),
        `slot ${at}`,
      ).to.deep.include(entry.value);
    }
    const isWhole = faulty.length === 0;
    if (isWhole) expect(decidedUpTo).to.equal(claimed);
    return isWhole ? 'whole' : 'faulty';
  }

  private recordsOf(at: number): Counted[] {
    const records = this.steps.flatMap((step) => step.records);
    return records.flatMap((record) => {
      if (record.type === 'promised' || record.slot !== at) return [];
      return [{ ballot: record.type === 'decided' ? DECIDED : record.ballot, value: record.value }];
    });
  }

  private checkState(recovered: AcceptorState & { readonly lastLsn: number }, kept: readonly LogRecord[]): void {
    const whole = this.steps.filter((step) => (step.records.at(-1)?.lsn ?? 0) <= recovered.lastLsn);
    const certain = [this.floor, ...whole.filter((step) => step.records.length > 0).map((step) => step.state)];
    const possible = [this.floor, ...whole.map((step) => step.state)];
    const decided = (states: readonly AcceptorState[]) => Math.max(0, ...states.map((state) => state.decidedUpTo));
    expect(recovered.decidedUpTo).to.be.at.least(decided(certain)).and.at.most(decided(possible));
    const ballots = kept.flatMap((record) => (record.type === 'decided' ? [] : [record.ballot]));
    const least = highest([...ballots, ...certain.map((state) => state.promised)]);
    const most = highest([
      this.floor.promised,
      ...this.steps.flatMap((step) => [step.state.promised, ...ballotsOf(step.records)]),
    ]);
    expect(compareBallots(recovered.promised, least), 'a promise is forgotten').to.be.at.least(0);
    expect(compareBallots(recovered.promised, most), 'a promise was never made').to.be.at.most(0);
    const slots = kept.flatMap((record) => (record.type === 'promised' ? [] : [record.slot]));
    expect(recovered.highestSlot).to.be.at.least(Math.max(0, ...slots, ...certain.map((state) => state.highestSlot)));
  }

  private forgetAbove(lastLsn: number, recovered: AcceptorState): void {
    this.floor = recovered;
    // What is kept of a step that is not whole has lost its state.
    this.steps = this.steps.flatMap(({ records, state }) => {
      const kept = records.filter((record) => record.lsn <= lastLsn);
      if (kept.length === 0) return [];
      return [{ records: kept, state: kept.length === records.length ? state : recovered }];
    });
  }
}

async function checkReplay(opened: OpenedLog, counted: ReadonlyMap<number, Counted>): Promise<void> {
  let next = 1;
  await opened.replay(({ slot: at, value }) => {
    expect(at).to.equal(next++);
    expect(value, `slot ${at}`).to.deep.equal(counted.get(at)?.value);
  });
  expect(next - 1).to.equal(opened.recovered.decidedUpTo);
}

function fold(records: readonly LogRecord[]): Map<number, Counted> {
  const counted = new Map<number, Counted>();
  for (const record of records) {
    if (record.type === 'promised') continue;
    const ballot = record.type === 'decided' ? DECIDED : record.ballot;
    const held = counted.get(record.slot)?.ballot ?? NO_BALLOT;
    if (compareBallots(ballot, held) >= 0) counted.set(record.slot, { ballot, value: record.value });
  }
  return counted;
}

function ballotsOf(records: readonly LogRecord[]): Ballot[] {
  return records.flatMap((record) => (record.type === 'decided' ? [] : [record.ballot]));
}

function highest(ballots: readonly Ballot[]): Ballot {
  return ballots.reduce((a, b) => (compareBallots(a, b) >= 0 ? a : b), NO_BALLOT);
}
