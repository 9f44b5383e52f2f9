// What checks a run must find what is wrong: answers that no order of events explains, acknowledged writes that are gone, reads
// that miss them, refused writes that are there. And it must not find anything in what is merely unknown.
import { expect } from 'chai';
import type { Operation } from '../sim/clients/history.js';
import { answerOf } from '../sim/clients/reply-reader.js';
import { type Errand, tokenOf, valueFor } from './errand.js';
import { auditor, type Judgement, judge } from './judge.js';
import { Ledger } from './ledger.js';
import { Registers } from './registers.js';
import { Story } from './story.js';

const never = Number.POSITIVE_INFINITY;

/** `put a 1-2`, `get a 1-2` (`-` for nothing), `delete 1 1-2`; `?` for an end that is not known, `!` before the last read. */
function operation(text: string, id: number): Operation {
  const [, mark = '', kind = '', what = '', called = '', returned = ''] =
    /^(!?)(\w+) (\S+) (\d+)-(\d+|\?)$/.exec(text) ?? [];
  const client = mark === '!' ? auditor : `c${id}`;
  const common = { id, client, key: 'k', called: Number(called), after: -1, hint: -1 };
  const end = returned === '?' ? never : Number(returned);
  if (kind === 'put') return { ...common, kind, token: what, returned: end, output: null };
  if (kind === 'delete') return { ...common, kind, token: '', returned: end, output: Number(what) };
  return { ...common, kind: 'get', token: '', returned: end, output: what === '-' ? null : what };
}

const histories: readonly [why: string, judgement: Judgement, history: readonly string[]][] = [
  ['one after the other', 'fine', ['put a 1-2', 'get a 3-4', 'put b 5-6', '!get b 7-8']],
  ['both orders of concurrent writes', 'fine', ['put a 1-9', 'put b 1-9', 'get b 2-3', 'get a 4-5', '!get a 10-11']],
  ['a read of the value before', 'stale', ['put a 1-2', 'put b 3-4', 'get a 5-6', '!get b 7-8']],
  ['a read of nothing after a write', 'stale', ['put a 1-2', 'get - 3-4', '!get a 7-8']],
  ['values that go back', 'stale', ['put a 1-2', 'put b 3-9', 'get b 4-5', 'get a 6-7', '!get b 10-11']],
  ['a last write that is gone', 'lost', ['put a 1-2', 'put b 3-4', '!get a 5-6']],
  ['everything gone', 'lost', ['put a 1-2', '!get - 5-6']],
  ['a delete that found what there was', 'fine', ['put a 1-2', 'delete 1 3-4', '!get - 5-6']],
  ['a delete that found nothing in a full key', 'lost', ['put a 1-2', 'delete 0 3-4', '!get - 5-6']],
  ['two deletes of one value', 'lost', ['put a 1-2', 'delete 1 3-4', 'delete 1 5-6', '!get - 7-8']],
  [
    'an unknown write that happened late',
    'fine',
    ['put a 1-2', 'put b 3-?', 'get a 8-9', 'get b 10-11', '!get b 12-13'],
  ],
  ['an unknown write that never happened', 'fine', ['put a 1-2', 'put b 3-?', '!get a 8-9']],
  ['an unknown write that was read and not again', 'stale', ['put a 1-2', 'put b 3-?', 'get b 4-5', '!get a 8-9']],
  ['an unknown delete that happened', 'fine', ['put a 1-2', 'delete 1 3-?', 'get a 4-5', '!get - 8-9']],
  ['the same write twice, once unknown', 'fine', ['put a 1-?', 'put a 3-4', 'put b 5-6', 'get a 7-8', '!get a 9-10']],
];

describe('the judge of a key', () => {
  for (const [why, judgement, history] of histories) {
    it(`${judgement}: ${why}`, () => {
      expect(judge(history.map(operation))).to.equal(judgement);
    });
  }
});

describe('a value', () => {
  it('tells who wrote it, and that nobody did', () => {
    for (let n = 0; n < 200; n++) expect(tokenOf(valueFor(`w${n}`))).to.equal(`w${n}`);
    for (const torn of ['', 'w1', `${valueFor('w1')}x`, valueFor('w1').slice(0, -1)]) {
      expect(tokenOf(torn), torn).to.equal(undefined);
    }
  });
});

describe('the registers', () => {
  let story: Story;
  let registers: Registers;

  beforeEach(() => {
    story = new Story(false);
    registers = new Registers(story, 1);
  });

  const end = (errand: Errand, line: string): void => errand.ended(answerOf(line));
  const retire = async (line: string): Promise<void> => {
    registers.turn();
    await registers.retire(async () => ({ called: performance.now(), line }));
  };

  it('keep what a key may hold from then on', async () => {
    const put = registers.errand('c', 'put', 0);
    end(put, 'OK');
    registers.errand('c', 'put', 0).lost();
    registers.errand('c', 'delete', 0).lost();
    await retire(put.line.replace(/^PUT \S+ /, ''));
    expect(story.findings).to.deep.equal([]);
    expect([...registers.retired].map(([key, possible]) => [key, [...possible]])).to.deep.equal([
      ['r0.0', ['w0', 'w1', null]],
    ]);
  });

  it('find a write that is gone', async () => {
    end(registers.errand('c', 'put', 0), 'OK');
    await retire('(nil)');
    expect(story.counts).to.deep.equal({ lost: 1, stale: 0, other: 0 });
  });

  it('find a read that came too late', async () => {
    const put = registers.errand('c', 'put', 0);
    end(put, 'OK');
    end(registers.errand('c', 'get', 0), '(nil)');
    await retire(put.line.replace(/^PUT \S+ /, ''));
    expect(story.counts).to.deep.equal({ lost: 0, stale: 1, other: 0 });
  });

  it('find a value that nobody wrote', () => {
    end(registers.errand('c', 'get', 0), 'w1~yyy');
    expect(story.counts.other).to.equal(1);
  });

  it('wait for what is under way, and repeat nothing from before', async () => {
    const put = registers.errand('c', 'put', 0);
    await retire('(nil)');
    expect(registers.retired.size).to.equal(0);
    put.lost();
    expect(put.again()).to.equal(undefined);
    await retire('(nil)');
    expect(story.findings).to.deep.equal([]);
    expect(registers.retired.size).to.equal(1);
  });
});

describe('the ledger', () => {
  const ok = answerOf('OK');
  const nothing = answerOf('(nil)');
  const there = answerOf(valueFor('l0'));

  const cases: readonly [why: string, found: string, play: (ledger: Ledger) => void][] = [
    [
      'an acknowledged entry that is there',
      '',
      (ledger) => {
        ledger.write().ended(ok);
        ledger.read(0)?.ended(there);
        ledger.close(ledger.entry(0), valueFor('l0'));
      },
    ],
    [
      'an acknowledged entry that is gone in the end',
      'lost',
      (ledger) => {
        ledger.write().ended(ok);
        ledger.close(ledger.entry(0), null);
      },
    ],
    [
      'an acknowledged entry that a read does not find',
      'stale',
      (ledger) => {
        ledger.write().ended(ok);
        ledger.read(0)?.ended(nothing);
      },
    ],
    [
      'an unknown entry that is not there',
      '',
      (ledger) => {
        ledger.write().lost();
        ledger.read(0)?.ended(nothing);
        ledger.close(ledger.entry(0), null);
      },
    ],
    [
      'an unknown entry that was read and is gone',
      'lost',
      (ledger) => {
        ledger.write().lost();
        ledger.read(0)?.ended(there);
        ledger.close(ledger.entry(0), null);
      },
    ],
    [
      'a read that began before the acknowledgement',
      '',
      (ledger) => {
        const write = ledger.write();
        const read = ledger.read(0);
        write.ended(ok);
        read?.ended(nothing);
      },
    ],
    [
      'a refused entry that is there',
      'other',
      (ledger) => {
        ledger.write().refused();
        ledger.read(0)?.ended(there);
      },
    ],
    [
      'a refused entry that is there in the end',
      'other',
      (ledger) => {
        ledger.write().refused();
        ledger.close(ledger.entry(0), valueFor('l0'));
      },
    ],
    [
      'an entry of which only the second attempt was refused',
      '',
      (ledger) => {
        const write = ledger.write();
        write.lost();
        write.again()?.refused();
        ledger.close(ledger.entry(0), valueFor('l0'));
      },
    ],
    [
      "another entry's value",
      'other',
      (ledger) => {
        ledger.write().ended(ok);
        ledger.read(0)?.ended(answerOf(valueFor('l1')));
      },
    ],
  ];

  for (const [why, found, play] of cases) {
    it(`${found || 'nothing'}: ${why}`, () => {
      const story = new Story(false);
      play(new Ledger(story));
      const wrong = Object.entries(story.counts).filter(([, count]) => count > 0);
      expect(wrong.map(([name]) => name).join()).to.equal(found);
    });
  }
});
