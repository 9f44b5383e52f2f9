// The log of changes against a plain list of them: which are kept, what is found above a revision, and what it says of the rest.

import { expect } from 'chai';
import fc from 'fast-check';
import { InvariantViolation } from '#src/base/assert.js';
import { revision } from '#src/base/ids.js';
import { ChangeLog, type ChangeType } from '#src/kv/change-log.js';
import { bytesOf } from './entries.js';

interface Change {
  readonly at: number;
  readonly type: ChangeType;
  readonly key: string;
  readonly value: string;
}

function found(log: ChangeLog, from: number, prefix = ''): Change[] {
  const changes: Change[] = [];
  const cursor = log.after(revision(from));
  while (cursor.next()) {
    const { revision: at, type, key, value } = cursor;
    expect(cursor.size).to.equal(key.length + value.length);
    if (cursor.hasPrefix(prefix)) changes.push({ at, type, key, value });
    expect(cursor.hasPrefix(prefix)).to.equal(key.startsWith(prefix));
  }
  return changes;
}

function add(log: ChangeLog, { type, key, value, at }: Change): void {
  log.add(type, bytesOf(key, value), revision(at));
}

const put = (at: number, key: string, value: string): Change => ({ at, type: 'put', key, value });

describe('change log', () => {
  it('has nothing at the start, above any revision', () => {
    const log = new ChangeLog();
    expect(log.since).to.equal(0);
    expect(found(log, 0)).to.deep.equal([]);
    expect(found(log, 7)).to.deep.equal([]);
  });

  it('tells every kind of change as it was', () => {
    const log = new ChangeLog();
    const changes: Change[] = [
      put(1, 'a', ''),
      { at: 2, type: 'delete', key: 'a\0\xff', value: '' },
      { at: 2, type: 'expire', key: 'b', value: '' },
      put(3, 'a', 'x'.repeat(200_000)),
    ];
    for (const change of changes) add(log, change);
    expect(found(log, 0)).to.deep.equal(changes);
    expect(found(log, 1)).to.deep.equal(changes.slice(1));
    expect(found(log, 2, 'a')).to.deep.equal(changes.slice(3));
    expect(found(log, 3)).to.deep.equal([]);
  });

  it('keeps all of the last, and says what it has forgotten, whatever comes', () => {
    const bounds = { changes: 40, bytes: 512 * 1024 };
    const change = fc.record({
      type: fc.constantFrom<ChangeType>('put', 'delete', 'expire'),
      key: fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 4 }),
      bytes: fc.oneof(fc.nat(40), fc.nat(100_000)),
      isNext: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 300 }), (drawn) => {
        const log = new ChangeLog(bounds);
        const all: Change[] = [];
        let at = 1;
        for (const { type, key, bytes, isNext } of drawn) {
          if (isNext) at++;
          const made = { at, type, key, value: type === 'put' ? 'v'.repeat(bytes) : '' };
          all.push(made);
          add(log, made);
        }
        const kept = all.filter((each) => each.at > log.since);
        expect(found(log, log.since)).to.deep.equal(kept);
        expect(found(log, at - 1)).to.deep.equal(all.filter((each) => each.at > at - 1 && each.at > log.since));
        if (log.since > 0) expect(() => log.after(revision(log.since - 1))).to.throw(InvariantViolation);
      }),
      { numRuns: 200 },
    );
  });

  it('keeps the last 100,000 of a busy store, and not many more', () => {
    const log = new ChangeLog();
    for (let at = 1; at <= 250_000; at++) add(log, put(at, `key:${at}`, 'v'.repeat(100)));
    const kept = 250_000 - log.since;
    expect(kept).to.be.within(100_000, 101_000);
    expect(found(log, 249_998)).to.deep.equal([
      put(249_999, 'key:249999', 'v'.repeat(100)),
      put(250_000, 'key:250000', 'v'.repeat(100)),
    ]);
  });

  it('keeps no more than 32 MiB of large values', () => {
    const log = new ChangeLog();
    const value = 'v'.repeat(1024 * 1024);
    for (let at = 1; at <= 100; at++) add(log, put(at, 'k', value));
    expect(100 - log.since).to.be.within(30, 31);
  });

  it('tells once that something changed', () => {
    const log = new ChangeLog();
    let told = 0;
    log.whenChanged(() => told++);
    add(log, put(1, 'a', '1'));
    add(log, put(2, 'a', '2'));
    expect(told).to.equal(1);
    log.whenChanged(() => told++);
    log.restart(revision(9));
    expect(told).to.equal(2);
    expect([log.since, log.era]).to.deep.equal([9, 1]);
    expect(found(log, 9)).to.deep.equal([]);
  });
});
