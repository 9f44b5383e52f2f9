// Windows that take longer than anybody's patience to cross the network: what gets on, however slowly, is neither given up nor
// sent again and again until nothing else gets through.

import { expect } from 'chai';
import { BATCH_BYTES, TURN_BYTES, WINDOW_BYTES } from '#src/paxos/timing.js';
import { bytesOf } from '#src/paxos/value.js';
import type { Node } from './support/node.js';
import { World } from './support/world.js';

/** 100 Mbit/s: a whole window to one peer takes 1.3 s. */
const SLOW = 12_500;

const VALUE = 'x'.repeat(BATCH_BYTES / 4 - 1_024);
const FULL = WINDOW_BYTES / (BATCH_BYTES / 4);

/** Three replicas, led by a, on lanes that are fast at first. */
function world(): World {
  const made = new World({ seed: 1, replicas: 3, reads: 'lease', delay: [1, 1], diskMs: [1, 1] });
  made.startAll();
  expect(made.run(2_000, () => made.leader()?.name === 'a')).to.equal(true);
  made.run(200);
  return made;
}

function put(made: World, node: Node, count: number): void {
  for (let i = 0; i < count; i++) made.perform(node, node.put(`k${i}`, VALUE, made.mono).effects);
}

/** The leader a dies when the others hold a window that none of them knows to be chosen; messages of `kept` stay away. */
function orphaned(kept: (from: Node, to: Node, type: string) => boolean): World {
  const made = world();
  made.detains = (from, to, { type }) => kept(from, to, type);
  put(made, made.node('a'), FULL);
  made.run(100);
  made.detains = null;
  made.crash(made.node('a'));
  made.uplinks.bytesPerMs = SLOW;
  return made;
}

describe('on slow lanes', function () {
  this.timeout(60_000);

  it('a new leader proposes a whole window anew, and stays', () => {
    const made = orphaned((_, to, type) => type === 'accepted' && to.name === 'a');
    expect(made.run(5_000, () => made.leader()?.name === 'b')).to.equal(true);
    expect(made.node('b').replica?.acceptorState().promised.round).to.equal(3);
    made.start(made.node('a'));
    made.run(15_000);
    made.checks.equal(made.nodes);
  });

  it('a candidate fetches a whole window', () => {
    const made = orphaned(
      (_, to, type) => (type === 'accepted' && to.name === 'a') || (type === 'accept' && to.name === 'b'),
    );
    made.input(made.node('c'), { type: 'health', reason: 'loop-slow' });
    expect(made.run(6_000, () => made.leader()?.name === 'b')).to.equal(true);
    expect(made.node('b').replica?.acceptorState().promised.round).to.equal(3);
  });

  it('a leader under full load goes on leading, and everything is answered', () => {
    const made = world();
    const before = made.checks.writes;
    made.uplinks.bytesPerMs = SLOW;
    for (const node of made.nodes) put(made, node, FULL / 2);
    expect(made.run(20_000, () => made.checks.writes - before === 3 * (FULL / 2))).to.equal(true);
    expect(made.leader()?.name).to.equal('a');
    expect(made.node('a').replica?.acceptorState().promised.round).to.equal(2);
  });

  it('a leader under load that never ends goes on leading, and the network is used', () => {
    const made = world();
    made.uplinks.bytesPerMs = 6_000;
    let led = 0;
    made.observer = (_, { roles }) => {
      led += roles.filter(({ type }) => type === 'led').length;
    };
    const before = made.checks.writes;
    let asked = 0;
    const load = (): void => {
      for (; asked - (made.checks.writes - before) < 3 * FULL; asked++)
        put(made, made.node('abc'.charAt(asked % 3)), 1);
      made.at(5, load);
    };
    load();
    made.run(30_000);
    expect(led).to.equal(0);
    // Every write leaves the leader twice: 350 would fill its way out.
    expect(made.checks.writes - before).to.be.above(175);
  });

  it('a replica that was away applies a bounded part of what it missed in a turn', () => {
    const made = world();
    const c = made.node('c');
    made.crash(c);
    put(made, made.node('a'), FULL);
    made.run(1_000);
    let most = 0;
    made.observer = (node, { decided }) => {
      if (node === c)
        most = Math.max(
          most,
          decided.reduce((sum, { value }) => sum + bytesOf(value), 0),
        );
    };
    made.start(c);
    made.run(2_000);
    made.checks.equal(made.nodes);
    expect(most).to.be.within(VALUE.length, TURN_BYTES + BATCH_BYTES);
  });

  it('a single value that takes that long is decided', () => {
    const made = world();
    made.uplinks.bytesPerMs = SLOW;
    made.perform(made.node('a'), made.node('a').put('k', 'x'.repeat(WINDOW_BYTES), made.mono).effects);
    expect(made.run(4_000, () => made.checks.writes === 1)).to.equal(true);
    expect(made.node('a').replica?.acceptorState().promised.round).to.equal(2);
  });

  it('a leader that gets nowhere still gives up', () => {
    const made = world();
    made.detains = (_, to, { type }) => type === 'accepted' && to.name === 'a';
    const trickle = (): void => {
      if (made.leader()?.name === 'a') put(made, made.node('a'), 1);
      made.at(500, trickle);
    };
    trickle();
    expect(made.run(2_600, () => made.leader()?.name === 'b')).to.equal(true);
  });
});
