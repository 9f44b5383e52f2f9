/**
 * A whole replica as an acceptor, exhaustively: every sequence of Prepare, Accept, durable write and crash over two other
 * replicas' ballots up to some depth, and longer ones drawn by lot, against a naive acceptor with a disk. Compared are the
 * answers and what they wait for; after a crash, no vote that left may be forgotten.
 */

import { expect } from 'chai';
import { incarnation, lsn, type ReplicaName, replicaName, slot } from '#src/base/ids.js';
import { type Ballot, ballotText, compareBallots, NO_BALLOT } from '#src/paxos/ballot.js';
import { describeMessage } from '#src/paxos/describe.js';
import type { LogRecord } from '#src/paxos/effects.js';
import type { PeerMessage } from '#src/paxos/message.js';
import { DEFAULT_TIMING } from '#src/paxos/timing.js';
import { NOOP } from '#src/paxos/value.js';
import { names } from './support/makers.js';
import { Node } from './support/node.js';
import { readBallot, storeOf } from './support/notation.js';
import { Random } from './support/random.js';

interface Asked {
  readonly type: 'prepare' | 'accept';
  readonly ballot: Ballot;
  readonly at: number;
}

type Step = Asked | { readonly type: 'persist' } | { readonly type: 'crash' };

const STEPS: readonly Step[] = [
  ...['1.b', '1.c', '2.b'].flatMap((text): Step[] => {
    const ballot = readBallot(text);
    return [
      { type: 'prepare', ballot, at: 0 },
      // Slot 1 is decided: what is accepted there changes nothing but the promise.
      { type: 'accept', ballot, at: 1 },
      { type: 'accept', ballot, at: 2 },
      { type: 'accept', ballot, at: 3 },
    ];
  }),
  { type: 'persist' },
  { type: 'crash' },
];

interface Votes {
  promised: Ballot;
  readonly accepted: ReadonlyMap<number, Ballot>;
}

/** What it remembers, and what of that is on the disk. */
class Model {
  #now: Votes = { promised: NO_BALLOT, accepted: new Map() };
  #disk: Votes = this.#now;

  /** The answer, as text; null when it refuses. */
  answer(step: Step): string | null {
    if (step.type === 'persist') this.#disk = this.#now;
    if (step.type === 'crash') this.#now = this.#disk;
    if (step.type === 'persist' || step.type === 'crash') return null;
    if (compareBallots(step.ballot, this.#now.promised) < 0) return null;
    const accepted = new Map(this.#now.accepted);
    if (step.type === 'accept' && step.at > 1) accepted.set(step.at, step.ballot);
    this.#now = { promised: step.ballot, accepted };
    if (step.type === 'accept') return `accepted ${ballotText(step.ballot)} ${step.at}`;
    return `promise ${ballotText(step.ballot)}, decided 1${this.#holds()}`;
  }

  get isDurable(): boolean {
    const text = ({ promised, accepted }: Votes) =>
      JSON.stringify([promised, [...accepted].sort(([a], [b]) => (a < b ? -1 : 1))]);
    return text(this.#now) === text(this.#disk);
  }

  #holds(): string {
    const [two, three] = [this.#now.accepted.get(2), this.#now.accepted.get(3)].map((b) => b && ballotText(b));
    if (two !== undefined && two === three) return `, holds 2-3@${two}`;
    const runs = [two === undefined ? [] : [`2@${two}`], three === undefined ? [] : [`3@${three}`]].flat();
    return runs.length === 0 ? '' : `, holds ${runs.join(' ')}`;
  }
}

class Bench {
  readonly #node: Node;
  readonly #left: PeerMessage[] = [];
  #withheld: { readonly message: PeerMessage; readonly after: number }[] = [];
  #durable = 1;

  constructor() {
    const [a = replicaName('')] = names('a b c');
    this.#node = new Node(
      { name: a, priority: 0, names: names('a b c'), timing: DEFAULT_TIMING, reads: 'lease' },
      storeOf('a'),
      0,
    );
    const seats = names('a b c').map((name) => ({ name, store: storeOf(name) }));
    const founding = { type: 'configuration', nonce: '', seats } as const;
    const first: LogRecord = { type: 'decided', lsn: lsn(1), slot: slot(1), value: founding };
    const state = { ...Node.nothing(), decidedUpTo: slot(1), highestSlot: slot(1) };
    this.#node.groups.push({ records: [first], durableAt: 0, state });
    this.#start();
  }

  /** Does the step; the text of the answer to a Prepare or an Accept, null when it refused. */
  do(step: Step): { readonly answer: string | null; readonly waits: boolean } {
    if (step.type === 'persist') this.#persist();
    if (step.type === 'crash') this.#crash();
    if (step.type === 'persist' || step.type === 'crash') return { answer: null, waits: false };
    const { ballot, at } = step;
    const message: PeerMessage =
      step.type === 'prepare'
        ? { type: 'prepare', ballot }
        : { type: 'accept', ballot, proposals: [{ slot: slot(at), value: NOOP }], chosenUpTo: slot(0) };
    const effects = this.#node.step({ type: 'message', from: ballot.replica, message }, 10);
    const votes = effects.sends.filter((send) => send.message.type === 'promise' || send.message.type === 'accepted');
    const [vote] = votes;
    if (vote === undefined) return { answer: null, waits: false };
    expect(votes).to.have.length(1);
    expect(vote.to).to.deep.equal([ballot.replica]);
    const waits = vote.after > this.#durable;
    if (waits) this.#withheld.push(vote);
    else this.#left.push(vote.message);
    return { answer: describeMessage(vote.message), waits };
  }

  /** The highest ballot of any vote that left. */
  highestVote(): Ballot {
    return this.#left.reduce<Ballot>((highest, message) => {
      const ballot = message.type === 'promise' || message.type === 'accepted' ? message.ballot : NO_BALLOT;
      return compareBallots(ballot, highest) > 0 ? ballot : highest;
    }, NO_BALLOT);
  }

  get promised(): Ballot {
    return this.#node.replica?.acceptorState().promised ?? NO_BALLOT;
  }

  #start(): void {
    this.#node.start(0, 0);
    const link = (peer: ReplicaName) =>
      ({
        type: 'link-up',
        peer,
        store: storeOf(peer),
        incarnation: incarnation(1),
        remembered: null,
        rememberedLsn: null,
        founding: this.#node.founding,
      }) as const;
    for (const peer of names('b c')) this.#node.step(link(peer), 5);
  }

  #persist(): void {
    const last = this.#node.append(0);
    if (last === null) return;
    this.#durable = last;
    this.#node.step({ type: 'persisted', lsn: last }, 10);
    this.#left.push(...this.#withheld.filter(({ after }) => after <= last).map(({ message }) => message));
    this.#withheld = this.#withheld.filter(({ after }) => after > last);
  }

  #crash(): void {
    this.#withheld = [];
    this.#node.crash(0);
    this.#start();
  }
}

function play(path: readonly Step[]): void {
  const model = new Model();
  const bench = new Bench();
  const told = (step: Step): string =>
    'ballot' in step ? `${step.type} ${ballotText(step.ballot)} ${step.at}` : step.type;
  for (const [i, step] of path.entries()) {
    const story = path
      .slice(0, i + 1)
      .map(told)
      .join(', ');
    const { answer, waits } = bench.do(step);
    const wanted = model.answer(step);
    if (answer !== wanted) throw new Error(`${story}: ${answer ?? 'refused'}, not ${wanted ?? 'refused'}`);
    if (answer !== null && !model.isDurable && !waits) throw new Error(`${story}: leaves before it is durable`);
    if (compareBallots(bench.promised, bench.highestVote()) < 0) throw new Error(`${story}: a vote was forgotten`);
  }
}

describe('a replica as an acceptor', function () {
  this.timeout(120_000);

  const depth = process.env.SYNOD_LONG !== undefined ? 5 : 3;
  it(`answers as a naive one with a disk does, in every sequence of ${depth}`, () => {
    const walk = (path: readonly Step[]): void => {
      if (path.length === depth) play(path);
      else for (const step of STEPS) walk([...path, step]);
    };
    walk([]);
  });

  it('and in longer ones drawn by lot', () => {
    const random = new Random(5);
    for (let run = 0; run < 1_000; run++) play(Array.from({ length: 10 }, () => random.pick(STEPS)));
  });
});
