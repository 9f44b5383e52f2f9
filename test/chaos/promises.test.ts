// What is held against appends under ids, keys with a life, transactions and followers: each check must find what is wrong,
// and nothing in what is right or merely unknown.
import { expect } from 'chai';
import { answerOf } from '../sim/clients/reply-reader.js';
import { Appends } from './appends.js';
import { type Errand, valueFor } from './errand.js';
import { Mortals } from './mortals.js';
import { Pairs } from './pairs.js';
import { Story } from './story.js';
import { Chronicle, Stream } from './stream.js';

/** The kinds of what was found, in the order of their names. */
function found(play: (story: Story) => void): string {
  const story = new Story(false);
  play(story);
  const wrong = Object.entries(story.counts).filter(([, count]) => count > 0);
  return wrong.map(([name]) => name).join();
}

type Case = readonly [why: string, found: string, play: (story: Story) => void];

function check(cases: readonly Case[]): void {
  for (const [why, wrong, play] of cases) {
    it(`${wrong || 'nothing'}: ${why}`, () => expect(found(play)).to.equal(wrong));
  }
}

const end = (errand: Errand | undefined, line: string): void => errand?.ended(answerOf(line));

describe('appends under ids', () => {
  const key = 'ac.0';
  const appended = (story: Story, ...fates: readonly ('acknowledged' | 'lost' | 'refused')[]): Appends => {
    const appends = new Appends(story);
    fates.forEach((fate, i) => {
      const errand = appends.write('c');
      if (fate === 'acknowledged') end(errand, `(integer) ${2 * (i + 1)}`);
      else errand[fate]();
    });
    return appends;
  };

  check([
    ['all there', '', (story) => appended(story, 'acknowledged', 'acknowledged').close(key, '0,1,')],
    ['one of two gone', 'lost,other', (story) => appended(story, 'acknowledged', 'acknowledged').close(key, '0,')],
    ['one there twice', 'other', (story) => appended(story, 'acknowledged', 'acknowledged').close(key, '0,1,0,')],
    [
      'an unknown one there late',
      '',
      (story) => {
        const appends = appended(story, 'lost');
        end(appends.write('c'), '(integer) 2');
        appends.close(key, '1,0,');
      },
    ],
    ['an unknown one there twice', 'other', (story) => appended(story, 'lost').close(key, '0,0,')],
    ['an unknown one not there', '', (story) => appended(story, 'lost').close(key, null)],
    ['a refused one there', 'other', (story) => appended(story, 'refused').close(key, '0,')],
    ['one that nobody appended', 'other', (story) => appended(story, 'acknowledged').close(key, '0,7,')],
    ['something else behind them', 'other', (story) => appended(story, 'acknowledged').close(key, '0,rubbish')],
    ['one elsewhere than was said', 'other', (story) => appended(story, 'lost', 'acknowledged').close(key, '1,')],
    [
      'a refused repeat of an unknown one there',
      '',
      (story) => {
        const appends = new Appends(story);
        const errand = appends.write('c');
        errand.lost();
        errand.again()?.refused();
        appends.close(key, '0,');
      },
    ],
    [
      'the answer to another append',
      'other',
      (story) => {
        const appends = new Appends(story);
        end(appends.write('c'), '(integer) 2');
        end(appends.write('c'), '(integer) 2');
      },
    ],
  ]);

  it('ask for the same under the same id again', () => {
    const errand = new Appends(new Story(false)).write('c');
    expect(errand.line).to.equal('ONCE ac.0.0 APPEND ac.0 0,');
    expect(errand.again()?.line).to.equal(errand.line);
  });
});

describe('keys with a life', () => {
  /** Lives one second from when it is written, at 0. */
  const read = (writtenAt: number | null, calledAt: number, line: string): ((story: Story) => void) => {
    return (story) => {
      let now = 0;
      const mortals = new Mortals(story, () => now);
      const write = mortals.write(0);
      if (writtenAt === null) write.lost();
      else {
        now = writtenAt;
        end(write, 'OK');
      }
      now = calledAt;
      end(mortals.read(0), line);
    };
  };
  const value = valueFor('m0');

  check([
    ['there in time', '', read(10, 300, value)],
    ['gone too early', 'lost', read(10, 300, '(nil)')],
    ['gone a moment early', '', read(10, 900, '(nil)')],
    ['gone in time', '', read(10, 1_100, '(nil)')],
    ['there a moment late', '', read(10, 3_000, value)],
    ['there for ever', 'stale', read(10, 60_000, value)],
    ['never written for all that is known', '', read(null, 300, '(nil)')],
    ['written late for all that is known', '', read(null, 60_000, value)],
    ['with the value of another', 'other', read(10, 300, valueFor('m1'))],
    [
      'refused, and there all the same',
      'other',
      (story) => {
        const mortals = new Mortals(story, () => 0);
        mortals.write(0).refused();
        end(mortals.read(0), value);
      },
    ],
  ]);
});

describe('transactions on a pair', () => {
  const ok = ['OK', 'OK', 'OK'];
  const nothing = ['(nil)', '(nil)', ...ok];
  /** What the transaction wrote that made this number. */
  const [one, two] = [valueFor('p1.0'), valueFor('p2.1')];
  const pairs = (story: Story): Pairs => new Pairs(story, 1);
  const made = (story: Story, numbers: number, unknown = 0): Pairs => {
    const all = pairs(story);
    for (let n = 1; n <= numbers; n++) {
      const before = n === 1 ? '(nil)' : valueFor(`p${n - 1}.0`);
      all.done(0, n, [before, before, ...ok]);
    }
    for (let i = 0; i < unknown; i++) all.unknown(0);
    return all;
  };
  const closed = (counter: string, numbers: number, unknown: number): ((story: Story) => void) => {
    const half = valueFor(`p${counter}.0`);
    return (story) => made(story, numbers, unknown).close(0, [half, half, counter]);
  };

  check([
    ['one after the other', '', (story) => made(story, 3)],
    ['halves of two values', 'other', (story) => pairs(story).done(0, 2, [one, two, ...ok])],
    ['halves of the transaction before the last', 'other', (story) => pairs(story).done(0, 3, [one, one, ...ok])],
    ['no halves behind the first', 'other', (story) => pairs(story).done(0, 2, nothing)],
    ['one half missing', 'other', (story) => pairs(story).done(0, 2, [one, '(nil)', ...ok])],
    ['a value of nobody', 'other', (story) => pairs(story).done(0, 2, ['x', 'x', ...ok])],
    ['a part that failed', 'other', (story) => pairs(story).done(0, 1, ['(nil)', '(nil)', 'OK', 'ERROR ERR x', 'OK'])],
    ['a list that ends early', 'other', (story) => pairs(story).done(0, 1, nothing.slice(0, 4))],
    [
      'the same number twice',
      'lost',
      (story) => {
        const both = pairs(story);
        both.done(0, 1, nothing);
        both.done(0, 1, nothing);
      },
    ],
    ['all of three there in the end', '', closed('3', 3, 0)],
    ['the last of three gone', 'lost', closed('2', 3, 0)],
    ['the last of three gone, and some unknown', 'lost', closed('2', 3, 10)],
    ['an unknown one there', '', closed('4', 3, 1)],
    ['more than were asked for', 'other', closed('4', 3, 0)],
    ['halves that differ in the end', 'other', (story) => made(story, 1).close(0, [one, two, '1'])],
    ['halves gone in the end', 'other', (story) => made(story, 1).close(0, [null, null, '1'])],
    ['everything gone in the end', 'lost', (story) => made(story, 1).close(0, [null, null, null])],
    ['a number that is none', 'other', (story) => made(story, 1).close(0, [one, one, 'abc'])],
  ]);
});

describe('a follower', () => {
  const told = (story: Story, ...lines: readonly string[]): Stream => {
    const stream = new Stream('f', new Chronicle(), story);
    stream.push(lines.map((line) => `${line}\r\n`).join(''));
    return stream;
  };

  check([
    ['revision by revision', '', (story) => told(story, '1 PUT a 1', '2 DELETE a', 'REVISION 2', '3 PUT a 2')],
    ['two changes of one revision', '', (story) => told(story, '1 PUT a 1', '1 PUT b 1', '2 PUT a 2')],
    ['a gap', 'lost', (story) => told(story, '1 PUT a 1', '3 PUT a 2')],
    ['a gap that only the revision tells', 'lost', (story) => told(story, '1 PUT a 1', 'REVISION 2')],
    ['a change twice', 'other', (story) => told(story, '1 PUT a 1', '1 PUT a 1')],
    ['a change twice, with another between', 'other', (story) => told(story, '1 PUT a 1', '2 PUT a 2', '1 PUT a 1')],
    ['a change again behind its revision', 'other', (story) => told(story, '1 PUT a 1', 'REVISION 1', '1 PUT b 1')],
    ['a whole state', '', (story) => told(story, 'RESYNC 7', 'a 1', 'LIVE', '8 PUT a 2')],
    ['a gap behind a whole state', 'lost', (story) => told(story, 'RESYNC 7', 'LIVE', '9 PUT a 2')],
    [
      'an end that others had, too',
      '',
      (story) => told(story, '1 PUT a 1', 'ERROR BUSY the replica stops; go on FROM 1'),
    ],
    ['an end for no reason', 'other', (story) => told(story, '1 PUT a 1', 'ERROR ERR unknown command')],
    ['a state from before', 'stale', (story) => told(story, '1 PUT a 1', '2 PUT a 2', 'RESYNC 1', 'LIVE')],
    [
      'the rest of a revision on another connection',
      '',
      (story) => {
        const stream = told(story, '1 PUT a 1', '2 PUT a 2');
        expect(stream.again()).to.equal(1);
        stream.push('2 PUT a 2\r\n2 PUT b 2\r\n3 PUT a 3\r\n');
      },
    ],
    [
      'a state that did not come whole',
      '',
      (story) => {
        const stream = told(story, '1 PUT a 1', 'REVISION 1', 'RESYNC 4', 'a 3');
        expect(stream.again()).to.equal(1);
        stream.push('RESYNC 5\r\nLIVE\r\n6 PUT a 1\r\n');
        expect([stream.hasHeardOf(6), stream.hasHeardOf(7)]).to.deep.equal([true, false]);
      },
    ],
    [
      'something else than others were told',
      'other',
      (story) => {
        const chronicle = new Chronicle();
        for (const value of ['1', '2']) new Stream('f', chronicle, story).push(`1 PUT a ${value}\r\nREVISION 1\r\n`);
      },
    ],
  ]);
});
