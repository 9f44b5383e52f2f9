// What may be sent within, around and after MULTI, as transcripts: a command with what a replica answered, or with what this
// client answers in its stead, and connections that break in between.
import { expect } from 'chai';
import { Transaction } from '#src/repl/transaction.js';
import { error, list, OK, QUEUED, value } from './fake-replica.js';

/** `NAME = reply`: a replica answered so; `NAME ! CODE`: held back; `lost`: the connection breaks. */
const TRANSCRIPTS: Readonly<Record<string, string>> = {
  'a transaction that goes well': 'MULTI = OK, SET = QUEUED, GET = QUEUED, EXEC = list, SET = OK',
  'one that is given up': 'MULTI = OK, SET = QUEUED, DISCARD = OK, SET = OK',
  'a break outside of it': 'SET = OK, lost, SET = OK, MULTI = OK, EXEC = list',
  'a break within it': 'MULTI = OK, SET = QUEUED, lost, SET ! EXECABORT, GET ! EXECABORT, EXEC ! EXECABORT, SET = OK',
  'a break within it that is answered by DISCARD': 'MULTI = OK, lost, SET ! EXECABORT, DISCARD ! OK, SET = OK',
  'a break behind WATCH':
    'WATCH = OK, lost, GET = value, MULTI ! EXECABORT, SET ! EXECABORT, EXEC ! EXECABORT, SET = OK',
  'a break behind WATCH, and watching again': 'WATCH = OK, lost, WATCH = OK, MULTI = OK, SET = QUEUED, EXEC = list',
  'a break behind WATCH that does not matter any more': 'WATCH = OK, UNWATCH = OK, lost, MULTI = OK, EXEC = list',
  'a break that EXEC is answered with': 'MULTI = OK, SET = QUEUED, lost, EXEC ! EXECABORT, GET = value',
  'MULTI that a replica does not know': 'MULTI = ERR, SET = OK, lost, SET = OK',
};

const REPLIES = { OK, QUEUED, list: list(), value: value('x'), ERR: error('ERR', 'what?') };

describe('transactions across breaking connections', () => {
  for (const [name, transcript] of Object.entries(TRANSCRIPTS)) {
    it(name, () => {
      const transaction = new Transaction();
      for (const step of transcript.split(', ')) {
        const [, command = '', kind, answer = ''] = /^(\w+)(?: ([=!]) (\w+))?$/.exec(step) ?? [];
        if (kind === undefined) {
          transaction.lost();
          continue;
        }
        const held = transaction.gate(command);
        const told = held?.type === 'error' ? held.code : held?.type === 'status' ? held.text : null;
        expect(told, step).to.equal(kind === '!' ? answer : null);
        const reply = Object.entries(REPLIES).find(([word]) => word === answer)?.[1];
        if (held === null && reply !== undefined) transaction.took(command, reply);
      }
      expect(transaction.queued).to.equal(null);
      expect(transaction.isBroken).to.equal(false);
    });
  }

  it('counts what is queued, and keeps it to one connection', () => {
    const transaction = new Transaction();
    expect(transaction.queued).to.equal(null);
    transaction.took('MULTI', OK);
    transaction.took('SET', QUEUED);
    transaction.took('FROB', error('ERR', 'what?'));
    transaction.took('PREFIX', QUEUED);
    expect(transaction.queued).to.equal(2);
    expect(transaction.names).to.deep.equal(['SET', 'PREFIX']);
  });

  for (const [said, name, mayMove] of [
    ['', 'SET', true],
    ['', 'MULTI', true],
    ['', 'WATCH', true],
    ['', 'EXEC', false],
    ['WATCH', 'GET', true],
    ['WATCH', 'MULTI', false],
    ['WATCH', 'WATCH', false],
    ['MULTI', 'SET', false],
    ['MULTI', 'EXEC', false],
  ] as const) {
    it(`lets ${name} ${mayMove ? '' : 'not '}go to another connection${said === '' ? '' : ` after ${said}`}`, () => {
      const transaction = new Transaction();
      if (said !== '') transaction.took(said, OK);
      expect(transaction.mayMove(name)).to.equal(mayMove);
    });
  }
});
