// FOLLOW on a connection: every change once and in order, whole states where nothing else is right, and who is cut off.

import { expect } from 'chai';
import fc from 'fast-check';
import { must } from '#src/base/assert.js';
import { revision } from '#src/base/ids.js';
import { command } from '../../kv/values.js';
import { ClientBench } from './bench.js';
import type { FakeConnection } from './fake-connection.js';
import { ChangeRecord, FollowReader } from './follow-record.js';

/** A replica whose changes are written down. */
class Followed {
  readonly bench = new ClientBench();
  readonly record = new ChangeRecord();

  get revision(): number {
    return this.bench.service.machine.revision;
  }

  put(...pairs: string[]): void {
    this.bench.service.execute(command(['MSET', ...pairs].join(' ')));
    for (let i = 0; i + 1 < pairs.length; i += 2)
      this.record.add(this.revision, 'PUT', pairs[i] ?? '', pairs[i + 1] ?? '');
  }

  delete(key: string): void {
    const existed = this.bench.service.machine.get(key) !== undefined;
    this.bench.service.execute(command(`DELETE ${key}`));
    if (existed) this.record.add(this.revision, 'DELETE', key, '');
  }

  /** The state is another one, which happens to be the same. */
  exchange(): void {
    this.bench.service.machine.changes.restart(revision(this.revision));
  }

  follow(words: string): FakeConnection {
    const client = this.bench.connect();
    client.send(`FOLLOW ${words}\n`);
    return client;
  }

  followReadOnly(words: string): FakeConnection {
    const client = this.bench.connect();
    expect(this.bench.ask(client, 'READONLY\n')).to.equal('OK\r\n');
    client.send(`FOLLOW ${words}\n`);
    return client;
  }

  /** What the client gets until nothing more happens. */
  run(client: FakeConnection): string {
    return this.bench.run(client);
  }
}

const SHOWN = /\r\n/g;
const shown = (text: string): string => text.trimEnd().replaceAll(SHOWN, ' | ');

describe('FOLLOW', () => {
  it('tells from where on, and then what changes, a line each', () => {
    const followed = new Followed();
    followed.put('a', '1');
    const client = followed.follow('a');
    expect(shown(followed.run(client))).to.equal('REVISION 1');
    followed.put('a', '2', 'b', '2', 'ab', '(nil)');
    followed.delete('a');
    followed.put('a\x01b', 'x');
    expect(shown(followed.run(client))).to.equal('2 PUT a 2 | 2 PUT ab "(nil)" | 3 DELETE a | 4 PUT "a\\x01b" x');
  });

  it('ends for who goes on asking: a socket that is not read does not tell that its client has gone', () => {
    const followed = new Followed();
    followed.put('a', '1');
    const client = followed.follow('a');
    followed.run(client);
    client.send('GET a\n'.repeat(1_000));
    followed.put('a', '2');
    expect(shown(followed.run(client))).to.equal('2 PUT a 2');
    client.send('GET a\n'.repeat(20_000));
    expect(shown(followed.run(client))).to.match(
      / \| ERROR BUSY too many requests behind FOLLOW .* not executed, closing$/,
    );
    expect(client.state).to.equal('ended');
  });

  it('tells what changed since a revision, and goes on', () => {
    const followed = new Followed();
    for (let i = 1; i <= 4; i++) followed.put('a', `${i}`, 'b', `${i}`);
    const client = followed.follow('a FROM 2');
    expect(shown(followed.run(client))).to.equal('3 PUT a 3 | 4 PUT a 4');
    followed.put('a', '5');
    expect(shown(followed.run(client))).to.equal('5 PUT a 5');
  });

  it('begins with the whole state where the revision is one of another store', () => {
    const followed = new Followed();
    followed.put('a', '1');
    expect(shown(followed.run(followed.follow('a FROM 1')))).to.equal('');
    const client = followed.follow('a FROM 2');
    expect(shown(followed.run(client))).to.equal('RESYNC 1 | a 1 | LIVE');
    followed.put('a', '2');
    expect(shown(followed.run(client))).to.equal('2 PUT a 2');
  });

  it('tells nothing under READONLY up to a revision that is still to come', () => {
    const followed = new Followed();
    const client = followed.followReadOnly('a FROM 2');
    for (let i = 1; i <= 4; i++) {
      followed.put('a', `${i}`);
      if (i === 1) expect(followed.run(client)).to.equal('');
    }
    expect(shown(followed.run(client))).to.equal('3 PUT a 3 | 4 PUT a 4');
  });

  it('forgets nobody who waits for a revision while every turn brings too much for all', () => {
    const followed = new Followed();
    const client = followed.followReadOnly('a FROM 2');
    followed.run(client);
    const value = 'v'.repeat(70_000);
    for (let i = 1; i <= 3; i++) {
      followed.put('a', value);
      followed.bench.clock.settle();
    }
    expect(shown(client.received())).to.equal(`3 PUT a ${value}`);
  });

  it('begins with the whole state where it does not know what changed', () => {
    const followed = new Followed();
    followed.put('a1', 'x', 'a2', '"', 'aRESYNC', '2', 'b', '-', 'RESYNC', '3');
    followed.exchange();
    const client = followed.follow('a FROM 0');
    expect(shown(followed.run(client))).to.equal('RESYNC 1 | a1 x | a2 "\\"" | aRESYNC 2 | LIVE');
    expect(shown(followed.run(followed.follow('R FROM 0')))).to.equal('RESYNC 1 | "RESYNC" 3 | LIVE');
    followed.put('a3', 'z');
    expect(shown(followed.run(client))).to.equal('2 PUT a3 z');
  });

  it('says every five seconds that nothing was missed', () => {
    const followed = new Followed();
    const client = followed.follow('a');
    followed.run(client);
    followed.bench.clock.advance(4_900);
    followed.put('b', '1');
    expect(followed.run(client)).to.equal('');
    followed.bench.clock.advance(1_100);
    expect(shown(followed.run(client))).to.equal('REVISION 1');
    followed.bench.clock.advance(5_000);
    expect(shown(followed.run(client))).to.equal('REVISION 1');
    client.destroy();
    expect(followed.bench.clock.timers).to.equal(0);
  });

  it('sends all the state that took the place of another', () => {
    const followed = new Followed();
    followed.put('a', '1');
    const client = followed.follow('a FROM 0');
    expect(shown(followed.run(client))).to.equal('1 PUT a 1');
    followed.exchange();
    expect(shown(followed.run(client))).to.equal('RESYNC 1 | a 1 | LIVE');
  });

  it('shows nothing of a state that is not to be trusted, and all of the one that is', () => {
    const followed = new Followed();
    const client = followed.follow('a');
    followed.run(client);
    followed.bench.service.distrusted = true;
    followed.put('a', '1');
    followed.bench.clock.advance(20_000);
    expect(followed.run(client)).to.equal('');
    expect(shown(followed.run(followed.follow('a')))).to.match(/^ERROR BUSY the state of this replica/);
    followed.exchange();
    followed.bench.clock.advance(2_000);
    expect(followed.run(client)).to.equal('');
    followed.bench.service.distrusted = false;
    followed.bench.clock.advance(1_000);
    expect(shown(followed.run(client))).to.equal('RESYNC 1 | a 1 | LIVE');
  });

  it('sends all anew when more was cleared than is told key by key', () => {
    const followed = new Followed();
    for (let i = 0; i <= 1_000; i++) followed.bench.service.execute(command(`PUT k${i} v`));
    const client = followed.follow('k');
    followed.run(client);
    followed.bench.service.execute(command('FLUSHALL'));
    expect(shown(followed.run(client))).to.equal('RESYNC 1002 | LIVE');
  });

  it('says where to go on when the replica stops', async () => {
    const followed = new Followed();
    followed.put('a', '1');
    const client = followed.follow('a FROM 0');
    followed.run(client);
    const closed = followed.bench.port.close();
    await Promise.resolve();
    expect(followed.run(client)).to.match(/^ERROR BUSY this connection ends; FOLLOW again FROM 1,/);
    expect(client.state).to.equal('ended');
    await closed;
    expect(followed.bench.clock.timers).to.equal(0);
  });

  it('is for people, and answers no request behind it', () => {
    const followed = new Followed();
    const client = followed.bench.connect();
    expect(followed.bench.ask(client, '*2\r\n$6\r\nFOLLOW\r\n$1\r\na\r\n')).to.match(
      /^-ERR FOLLOW sends lines without end/,
    );
    expect(followed.bench.ask(client, 'FOLLOW a FROM\nFOLLOW a FROM -1\n')).to.match(/^ERROR .*\r\nERROR .*\r\n$/);
    expect(followed.bench.ask(client, `FOLLOW ${'a'.repeat(1_025)}\n`)).to.match(
      /^ERROR TOOLARGE the key has 1025 bytes/,
    );
    expect(followed.bench.ask(client, 'FOLLOW a\nPING\n')).to.equal('REVISION 0\r\n');
  });

  it('serves everyone apart when more changes in a turn than all can be sent at once', () => {
    const followed = new Followed();
    const readers = ['a', 'a', 'a1'].map((prefix) => ({
      client: followed.follow(`${prefix} FROM 0`),
      reader: new FollowReader(followed.record, prefix, 0),
    }));
    for (const { client } of readers) followed.run(client);
    // So many that what they were sent last is not remembered any more.
    const others = Array.from({ length: 1_000 }, (_, i) => [`b${i}`, 'x'])
      .flat()
      .join(' ');
    for (let i = 0; i < 110; i++) {
      followed.bench.service.execute(command(`MSET ${others}`));
      followed.bench.clock.settle();
    }
    expect(followed.bench.service.machine.changes.since).to.be.greaterThan(0);
    for (let i = 0; i < 300; i++) followed.put(`a${i % 7}`, String(i).repeat(200));
    for (const { client, reader } of readers) {
      reader.push(followed.run(client));
      expect([reader.hasAll(followed.revision), reader.resyncs, reader.end]).to.deep.equal([true, 0, null]);
    }
  });

  it('tells what a transaction changed under one revision', () => {
    const followed = new Followed();
    const client = followed.follow('a');
    followed.run(client);
    followed.bench.ask(followed.bench.connect(), 'MULTI\nPUT a 1\nPUT b 1\nDELETE a\nPUT a2 2\nEXEC\n');
    expect(shown(followed.run(client))).to.equal('1 PUT a 1 | 1 DELETE a | 1 PUT a2 2');
  });

  it('cuts a reader off that takes too little, and says where to go on', () => {
    const followed = new Followed();
    const client = followed.follow('a FROM 0');
    followed.run(client);
    client.reads = false;
    const reader = new FollowReader(followed.record, 'a', 0);
    const value = 'v'.repeat(1_000_000);
    for (let i = 0; i < 40; i++) {
      followed.put('a', value);
      followed.bench.clock.settle();
    }
    followed.bench.clock.advance(1_000);
    reader.push(client.received());
    expect(reader.end?.line).to.match(/^ERROR BUSY too much has changed/);
    expect(reader.end?.from).to.be.within(1, 10);
    expect(client.state).to.equal('ended');
  });

  it('cuts a reader off that takes so little of a whole state that what comes behind it is forgotten', () => {
    const followed = new Followed();
    for (let i = 0; i < 200; i++) followed.put(`a${i}`, 'v'.repeat(1_000));
    followed.exchange();
    const client = followed.follow('a FROM 0');
    client.reads = false;
    const waiting = Array.from({ length: 8 }, () => followed.follow('a FROM 0'));
    for (const each of waiting.slice(0, -1)) each.reads = false;
    const last = must(waiting.at(-1), 'the ninth');
    expect(followed.run(last)).to.equal('');
    const reader = new FollowReader(followed.record, 'a', 0);
    reader.push(client.received());
    const value = 'v'.repeat(1_000_000);
    for (let i = 0; i < 40; i++) {
      followed.put('b', value);
      followed.bench.clock.settle();
      client.take(Math.min(client.buffered, 100));
    }
    followed.bench.clock.advance(1_000);
    reader.push(client.received());
    expect(reader.end?.line).to.match(/^ERROR BUSY too much has changed .* FROM 0$/);
    expect([reader.resyncs, client.state]).to.deep.equal([1, 'ended']);
    expect(followed.run(last)).to.match(/^RESYNC 240\r\n/);
  });
});

describe('FOLLOW, whatever happens', () => {
  const key = fc.constantFrom('a', 'a1', 'a2', 'ab', 'b', 'b1');
  const step = fc.oneof(
    {
      weight: 12,
      arbitrary: fc.record({
        type: fc.constant('put' as const),
        key,
        other: key,
        value: fc.nat(99),
        bytes: fc.constantFrom(1, 1, 30_000),
      }),
    },
    { weight: 4, arbitrary: fc.record({ type: fc.constant('delete' as const), key }) },
    {
      weight: 4,
      arbitrary: fc.record({
        type: fc.constant('join' as const),
        prefix: fc.constantFrom('', 'a', 'a1', 'b', 'c'),
        back: fc.integer({ min: -3, max: 20 }),
      }),
    },
    { weight: 3, arbitrary: fc.record({ type: fc.constant('stop' as const), which: fc.nat() }) },
    {
      weight: 4,
      arbitrary: fc.record({ type: fc.constant('take' as const), which: fc.nat(), share: fc.constantFrom(0.3, 1, 1) }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('leave' as const), which: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('exchange' as const) }) },
    { weight: 10, arbitrary: fc.record({ type: fc.constant('turn' as const) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.constantFrom(300, 6_000) }) },
  );

  it('tells each of many every change once and in order', () => {
    let resyncs = 0;
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150, size: 'max' }), (steps) => {
        const followed = new Followed();
        const { bench, record } = followed;
        const followers: { readonly client: FakeConnection; readonly reader: FollowReader }[] = [];
        const hear = (): void => {
          for (const { client, reader } of followers) reader.push(client.received());
        };
        const pick = (which: number) => followers[which % Math.max(1, followers.length)];
        for (const each of steps) {
          if (each.type === 'put') followed.put(each.key, String(each.value).repeat(each.bytes), each.other, 'o');
          else if (each.type === 'delete') followed.delete(each.key);
          else if (each.type === 'join') {
            const from = each.back > 15 ? null : Math.max(0, followed.revision - each.back);
            const words = from === null ? `'${each.prefix}'` : `'${each.prefix}' FROM ${from}`;
            const client = each.back < 0 ? followed.followReadOnly(words) : followed.follow(words);
            followers.push({ client, reader: new FollowReader(record, each.prefix, from) });
          } else if (each.type === 'exchange') followed.exchange();
          else if (each.type === 'turn') bench.clock.turn();
          else if (each.type === 'wait') bench.clock.advance(each.ms);
          else {
            const one = pick(each.which);
            if (one === undefined) continue;
            if (each.type === 'stop') one.client.reads = false;
            else if (each.type === 'take') {
              one.client.reads = true;
              one.client.take(Math.ceil(one.client.buffered * each.share));
            } else {
              one.client.destroy();
              followers.splice(followers.indexOf(one), 1);
            }
          }
          bench.service.finishAll();
          hear();
        }
        for (const { client } of followers) {
          client.reads = true;
          client.take();
        }
        for (let i = 0; i < 10; i++) {
          bench.clock.advance(1_000);
          for (const { client } of followers) client.take();
          bench.service.finishAll();
          hear();
        }
        for (const { reader } of followers) {
          expect(reader.end).to.equal(null);
          expect(reader.hasAll(followed.revision)).to.equal(true);
          resyncs += reader.resyncs;
        }
      }),
      { numRuns: 100 },
    );
    expect(resyncs).to.be.greaterThan(20);
  });
});
