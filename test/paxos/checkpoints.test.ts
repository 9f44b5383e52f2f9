/** Whose state is right: what is counted are lineages, and when a state becomes its replica's own. */

import { expect } from 'chai';
import { incarnation, type ReplicaName, replicaName, slot } from '#src/base/ids.js';
import { Checkpoints } from '#src/paxos/checkpoints.js';
import type { Parts, ReplicaOptions } from '#src/paxos/parts.js';
import { configuration, names, parts } from './support/makers.js';
import { readMessage, storeOf } from './support/notation.js';
import { Puppet } from './support/puppet.js';

/** Replica a of as many as are named. */
class Bench {
  readonly parts: Parts;
  readonly checkpoints: Checkpoints;

  constructor(members: string, change: Partial<ReplicaOptions>) {
    this.parts = parts(members, change);
    this.checkpoints = new Checkpoints(this.parts);
    for (const peer of names(members).slice(1)) {
      const link = { peer, store: storeOf(peer), incarnation: incarnation(1), founding: '' };
      this.parts.neighbours.linkUp({ type: 'link-up', ...link, remembered: null, rememberedLsn: null });
    }
  }

  /** `a 1=x` is this replica's own; `b 1=x of c` is what b tells; `a takes 5 of c`: another's state is in use. */
  play(script: string): void {
    for (const line of script.split(', ')) {
      const [name = '', word = '', ...rest] = line.split(' ');
      if (name !== 'a') this.#hear(replicaName(name), `${word} ${rest.join(' ')}`);
      else if (word === 'takes') this.checkpoints.replaced(slot(Number(rest[0])), storeOf(rest[2] ?? ''));
      else {
        const [at, digest = ''] = word.split('=');
        this.checkpoints.reached({ slot: slot(Number(at)), digest });
      }
    }
  }

  get end(): string {
    const { condition, journal } = this.parts;
    const { roles, divergence } = journal.take();
    const lineage = this.checkpoints.lineage.replace(/^0+/, '');
    const state = condition.diverged ? (condition.rebuilt ? 'unproven' : 'wrong') : 'right';
    const last = divergence === null ? '' : ` above ${divergence.agreedUpTo}`;
    return [`${state}${last}`, `of ${lineage}`, ...roles.map(({ type }) => type)].join(', ');
  }

  #hear(name: ReplicaName, text: string): void {
    const { neighbours } = this.parts;
    const message = readMessage(`heartbeat none, checkpoint ${text}`, new Puppet(name, 1, [], slot(0)).next(0));
    if (message.type !== 'heartbeat') throw new Error('a heartbeat is one');
    neighbours.hear(neighbours.get(name), message, 0);
    this.checkpoints.heard(neighbours.get(name), message.checkpoint);
  }
}

interface Case {
  readonly what: string;
  readonly members: string;
  /** Of a's state when it starts. */
  readonly from?: string;
  readonly script: string;
  readonly ends: string;
  readonly change?: Partial<ReplicaOptions>;
}

const CASES: readonly Case[] = [
  { what: 'three agree', members: 'a b c', script: 'a 1=r, b 1=r of b, c 1=r of c', ends: 'right, of a' },
  {
    what: 'one differs',
    members: 'a b c',
    script: 'a 1=w, b 1=r of b, c 1=r of c',
    ends: 'wrong above 0, of a, diverged',
  },
  {
    what: 'one differs later',
    members: 'a b c',
    script: 'a 1=r, b 1=r of b, a 2=w, b 2=q of b, c 2=q of c',
    ends: 'wrong above 1, of a, diverged',
  },
  {
    what: 'a wrong state and one that was taken over from it do not outvote the right one',
    members: 'a b c',
    script: 'a 1=r, b 1=w of c, c 1=w of c',
    ends: 'right, of a, digests-differ',
  },
  {
    what: 'the one that was taken over is told first',
    members: 'a b c',
    script: 'c 1=w of c, b 1=w of c, a 1=r',
    ends: 'right, of a, digests-differ',
  },
  {
    what: 'of five three right ones outvote a wrong one and its copy',
    members: 'a b c d e',
    from: 'e',
    script: 'b 1=r of b, c 1=r of c, d 1=r of d, e 1=w of e, a 1=w',
    ends: 'wrong above 0, of e, diverged',
  },
  {
    what: 'of five a wrong one and two copies do not outvote two right ones',
    members: 'a b c d e',
    script: 'a 1=r, b 1=r of b, c 1=w of c, d 1=w of c, e 1=w of c',
    ends: 'right, of a, digests-differ',
  },
  {
    what: 'of five two wrong lineages and a copy do not outvote either',
    members: 'a b c d e',
    script: 'a 1=r, b 1=r of b, c 1=w of c, d 1=w of d, e 1=w of c',
    ends: 'right, of a, digests-differ',
  },
  {
    what: 'a copy of a copy goes by the first',
    members: 'a b c d e',
    script: 'a 1=r, c 1=w of c, d 1=w of c, e 1=w of c, b 1=w of c',
    ends: 'right, of a, digests-differ',
  },
  {
    what: 'a state taken over is its own once two others with lineages of their own agree',
    members: 'a b c',
    from: 'c',
    script: 'a 1=r, c 1=r of c, b 1=r of b',
    ends: 'right, of a',
  },
  {
    what: 'not while only the one that it comes from agrees',
    members: 'a b c',
    from: 'c',
    script: 'a 1=r, c 1=r of c',
    ends: 'right, of c',
  },
  {
    what: 'nor in a later life that begins with the same snapshot',
    members: 'a b c',
    from: 'c',
    script: 'a 2=s, c 2=s of c, a takes 2 of c, a 3=t, c 3=t of c',
    ends: 'right, of c',
  },
  {
    what: 'all come from one: nobody can be told apart',
    members: 'a b c',
    from: 'c',
    script: 'a 1=r, b 1=r of c, c 1=r of c',
    ends: 'right, of a',
  },
  {
    what: 'all come from one that has told for another slot',
    members: 'a b c',
    from: 'c',
    script: 'a 1=r, b 1=r of c, c 2=s of c',
    ends: 'right, of c',
  },
  {
    what: 'a peer has made its state its own meanwhile',
    members: 'a b c',
    script: 'a 1=w, b 1=r of c, c 1=r of c, b 1=r of b',
    ends: 'wrong above 0, of a, digests-differ, diverged',
  },
  {
    what: 'what was told of the state before says nothing of this one',
    members: 'a b c',
    script: 'a 1=r, a takes 1 of c, c 1=r of c, b 1=r of b',
    ends: 'right, of c',
  },
  {
    what: 'a rebuilt state does not prove itself by its source',
    members: 'a b c',
    script: 'a 1=w, b 1=r of b, c 1=r of c, a takes 1 of b, a 2=s, b 2=s of b',
    ends: 'unproven above 0, of b, diverged',
  },
  {
    what: 'a rebuilt state proves itself',
    members: 'a b c',
    script: 'a 1=w, b 1=r of b, c 1=r of c, a takes 1 of b, a 2=s, b 2=s of b, c 2=s of c',
    ends: 'right above 0, of a, diverged, agreed',
  },
  {
    what: 'a rebuilt state is wrong, too, from before what its snapshot holds',
    members: 'a b c d e',
    script: [
      'a 3=r, b 3=r of b, c 3=r of c, a 4=w, b 4=s of b, c 4=s of c, d 4=s of d',
      'a takes 2 of e, a 5=x, b 5=t of b, c 5=t of c, d 5=t of d',
    ].join(', '),
    ends: 'wrong above 1, of e, diverged, diverged',
  },
  {
    what: 'a wrong state is not right again for what it was earlier',
    members: 'a b c',
    script: 'a 1=r, a 2=w, b 2=s of b, c 2=s of c, b 1=r of b, c 1=r of c',
    ends: 'wrong above 0, of a, diverged',
  },
  {
    what: 'a learner bears no witness, and sees when its own state is wrong',
    members: 'a b c',
    change: seats('a=aa b=b c=c'),
    script: 'a 1=w, b 1=r of b, c 1=r of c',
    ends: 'wrong above 0, of a, diverged',
  },
  {
    what: 'a learner does not make all of them one',
    members: 'a b c',
    from: 'c',
    change: seats('a=aa b=b c=c'),
    script: 'a 1=r, b 1=r of c, c 1=r of c',
    ends: 'right, of c',
  },
];

function seats(text: string): Partial<ReplicaOptions> {
  const changed = text.split(' ').map((seat) => seat.split('='));
  const value = configuration('a b c');
  const taken = value.seats.map((seat, at) => ({ ...seat, store: storeOf(changed[at]?.[1] ?? '') }));
  return { replayed: { configuration: { ...value, seats: taken }, founding: '', lastStamp: 0 } };
}

describe('checkpoints', () => {
  for (const { what, members, from = 'a', script, ends, change = {} } of CASES) {
    it(`${what}: ${ends}`, () => {
      const bench = new Bench(members, { lineage: storeOf(from), ...change });
      bench.play(script);
      expect(bench.end).to.equal(ends);
    });
  }

  it('are told with the lineage that the state has by then', () => {
    const bench = new Bench('a b c', { lineage: storeOf('c') });
    bench.play('a 1=r, c 1=r of c');
    expect(bench.checkpoints.last).to.deep.equal({ slot: slot(1), digest: 'r', lineage: storeOf('c') });
    bench.play('b 1=r of b');
    expect(bench.checkpoints.last?.lineage).to.equal(storeOf('a'));
    bench.play('a takes 2 of b');
    expect(bench.checkpoints.last).to.equal(null);
  });
});
