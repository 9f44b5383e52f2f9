// What the hub does for many over several turns of the event loop: each line sent takes a millisecond, and a turn ends
// after a few.

import { expect } from 'chai';
import { revision } from '#src/base/ids.js';
import { ChangeNews } from '#src/node/clients/change-news.js';
import { ClientMemory } from '#src/node/clients/client-memory.js';
import { Follow } from '#src/node/clients/follow.js';
import { FollowHub } from '#src/node/clients/follow-hub.js';
import { command } from '../../kv/values.js';
import { ManualClock } from '../origin/manual-clock.js';
import { FakeService } from './fake-service.js';

class BusyClock extends ManualClock {
  spentMs = 0;

  override mono(): number {
    return super.mono() + this.spentMs;
  }
}

class Crowd {
  readonly clock = new BusyClock();
  readonly service = new FakeService();
  readonly #hub: FollowHub;
  readonly #received: string[] = [];

  constructor() {
    const { clock, service } = this;
    const { machine } = service;
    const news = new ChangeNews(clock, machine.changes);
    this.#hub = new FollowHub({ clock, news, machine, isDistrusted: () => service.distrusted });
  }

  put(...keys: string[]): void {
    for (const key of keys) this.service.execute(command(`PUT ${key} v`));
  }

  follow(prefix: string, from: number): void {
    const { service, clock } = this;
    const index = this.#received.push('') - 1;
    const output = {
      buffered: () => 0,
      send: (lines: string) => {
        clock.spentMs++;
        this.#received[index] += lines;
      },
      refuse: () => expect.fail('refused'),
      finish: () => expect.fail('finished'),
    };
    const all = { hub: this.#hub, memory: new ClientMemory(), requestTimeoutMs: 5_000, stale: false };
    new Follow({ ...all, service, prefix, from: revision(from), output }).begin();
    service.finishAll();
  }

  /** What each got since the last call. */
  received(): string[] {
    return this.#received.map((text, index) => {
      this.#received[index] = '';
      return text.trimEnd().replaceAll('\r\n', ' | ');
    });
  }
}

/** Its revision is the number of keys; it takes as many commands to come about as another one. */
function otherState(keys: number, commands: number): FakeService {
  const other = new FakeService();
  for (let i = 1; i <= commands; i++) other.execute(command(i <= keys ? `PUT k${i} v` : 'DELETE none'));
  return other;
}

describe('follow hub', () => {
  it('begins anew after a rebuilt state, whatever was under way in the wrong one', () => {
    const crowd = new Crowd();
    for (let i = 1; i <= 10; i++) crowd.put(`k${i}`);
    for (let i = 0; i < 40; i++) crowd.follow('', 10);
    crowd.clock.settle();
    crowd.put('wrong');
    crowd.clock.turn();
    crowd.clock.turn();
    const reached = crowd.received().filter((text) => text === '11 PUT wrong v').length;
    expect(reached).to.be.within(1, 39);
    crowd.service.distrusted = true;
    crowd.clock.settle();
    crowd.service.machine.become(otherState(2, 11).machine);
    crowd.service.distrusted = false;
    crowd.clock.advance(1_000);
    for (const text of crowd.received()) expect(text).to.equal('RESYNC 2 | k1 v | k2 v | LIVE');
    const large = 'x'.repeat(1_000);
    const keys = Array.from({ length: 100 }, (_, i) => `${large}${i}`);
    crowd.put(...keys);
    crowd.clock.settle();
    const expected = keys.map((key, i) => `${3 + i} PUT ${key} v`).join(' | ');
    for (const text of crowd.received()) expect(text === expected).to.equal(true);
  });

  it('tells no more of a state that is found to be wrong while it is told', () => {
    const crowd = new Crowd();
    const large = 'x'.repeat(1_000);
    for (let i = 100; i < 300; i++) crowd.put(`${large}${i}`);
    crowd.service.machine.changes.restart(crowd.service.machine.revision);
    crowd.follow('', 0);
    crowd.clock.turn();
    expect(crowd.received()[0]).to.match(/^RESYNC 200 \| x+100 v/);
    crowd.service.distrusted = true;
    crowd.clock.settle();
    expect(crowd.received()).to.deep.equal(['']);
    crowd.service.machine.become(otherState(2, 200).machine);
    crowd.service.distrusted = false;
    crowd.clock.advance(1_000);
    expect(crowd.received()).to.deep.equal(['RESYNC 2 | k1 v | k2 v | LIVE']);
  });

  it('finds who wants a change in no time, however many lengths their prefixes have', () => {
    const crowd = new Crowd();
    for (let length = 1; length <= 1_024; length++) crowd.follow('z'.repeat(length), 0);
    crowd.clock.settle();
    const key = `zz${'y'.repeat(1_000)}`;
    for (let i = 0; i < 20_000; i++) crowd.put(key);
    crowd.clock.turn();
    crowd.clock.settle();
    const lines = crowd.received().map((text) => text.split(' | ').filter((line) => line !== '').length);
    expect(lines.slice(0, 4)).to.deep.equal([20_000, 20_000, 0, 0]);
  });
});
