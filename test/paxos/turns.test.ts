/** What is known to be decided waits for its turn of the event loop, and for a log that lost its end to be repaired. */

import { expect } from 'chai';
import { incarnation, lsn, replicaName, slot } from '#src/base/ids.js';
import { DECIDED } from '#src/paxos/ballot.js';
import type { Effects, Input } from '#src/paxos/effects.js';
import type { Held, Values } from '#src/paxos/message.js';
import { Replica } from '#src/paxos/replica.js';
import { TURN_BYTES } from '#src/paxos/timing.js';
import { at, configuration, optionsOf } from './support/makers.js';
import { Node } from './support/node.js';
import { storeOf } from './support/notation.js';

const FOUNDING = 'f';
const NAMES = 'a b c';

/** Replica a, which has slots up to 3 decided and its log sound or not. */
class Bench {
  readonly replica: Replica;
  #mono = 10;

  constructor(lost = false, held: readonly Held[] = []) {
    const recovered = { ...Node.nothing(), decidedUpTo: slot(3), highestSlot: slot(9), lastLsn: lsn(9), held, lost };
    const replayed = { configuration: configuration(NAMES), founding: FOUNDING, lastStamp: 1 };
    this.replica = new Replica(optionsOf(NAMES, { recovered, replayed }), at(0));
  }

  /** Slots that one step, or none, decided. */
  step(input: Input): string {
    return this.effects(input)
      .decided.map((decided) => decided.slot)
      .join(' ');
  }

  effects(input: Input): Effects {
    return this.replica.step(input, at(this.#mono++));
  }

  /** The peer remembers that much of a's log. */
  link(name: string, rememberedLsn: number): void {
    const peer = { peer: replicaName(name), store: storeOf(name), incarnation: incarnation(1) };
    this.effects({ type: 'link-up', ...peer, remembered: null, rememberedLsn: lsn(rememberedLsn), founding: FOUNDING });
  }

  get lost(): boolean {
    return this.replica.view(at(this.#mono)).lost !== null;
  }

  get now(): number {
    return this.#mono;
  }
}

const FLUSH: Input = { type: 'flush' };

function large(number: number): Held {
  const bytes = new Uint8Array(TURN_BYTES);
  return { slot: slot(number), ballot: DECIDED, value: { type: 'batch', stamp: number, bytes } };
}

/** b tells that slots 4 to 7 are decided, and what they are. */
function values(): Input {
  const held = [4, 5, 6, 7].map(large);
  const message: Values = { type: 'values', first: slot(4), decidedUpTo: slot(7), firstSlot: slot(1), held };
  return { type: 'message', from: replicaName('b'), message };
}

describe('what waits for its turn', () => {
  it('is decided in the turns that follow, each of which is asked for at once', () => {
    const bench = new Bench();
    bench.link('b', 3);
    expect(bench.step(values())).to.equal('4');
    const { decided, wakeAt } = bench.effects(FLUSH);
    expect(decided.map((one) => one.slot)).to.deep.equal([5]);
    expect(wakeAt).to.be.at.most(bench.now);
    expect(bench.step(FLUSH)).to.equal('6');
    expect(bench.step(FLUSH)).to.equal('7');
    expect(bench.effects(FLUSH).wakeAt).to.be.above(bench.now);
  });

  it('stays where the log turns out to have lost its end, and asks for no turn', () => {
    const bench = new Bench();
    bench.link('b', 3);
    expect(bench.step(values())).to.equal('4');
    bench.link('c', 500);
    expect(bench.lost).to.equal(true);
    const { decided, wakeAt } = bench.effects(FLUSH);
    expect(decided).to.deep.equal([]);
    expect(wakeAt).to.be.above(bench.now);
  });

  it('stays where the log had lost its end when it was opened', () => {
    const bench = new Bench(true, [large(4)]);
    for (const input of [{ type: 'wake' }, FLUSH] as const) expect(bench.step(input)).to.equal('');
  });
});
