// From what the client library decodes to replies of the house.
import { expect } from 'chai';
import { execReplyOf, replyOf } from '#src/repl/received.js';
import type { Reply } from '#src/wire/reply.js';
import { error, integer, list, NONE, OK, value } from './fake-replica.js';

const bytes = (latin1: string): Buffer => Buffer.from(latin1, 'latin1');

const RECEIVED: readonly (readonly [name: string, received: unknown, reply: Reply])[] = [
  ['SET', 'OK', OK],
  ['GET', null, NONE],
  ['GET', bytes('\0\xff'), value('\0\xff')],
  ['INCR', '9007199254740991', integer(Number.MAX_SAFE_INTEGER)],
  ['INCR', '-9223372036854775808', integer(-(2n ** 63n))],
  ['FROB', new Error("ERR unknown command 'FROB'"), error('ERR', "unknown command 'FROB'")],
  ['FROB', new Error('no code at all'), error('ERR', 'no code at all')],
  ['STATUS', new String('one\ntwo\n'), { type: 'text', text: 'one\ntwo' }],
  ['MGET', [bytes('a'), null, ['1']], list(value('a'), NONE, list(integer(1)))],
  [
    'GETREV',
    new Map<unknown, unknown>([
      ['value', bytes('a')],
      [bytes('revision'), '7'],
    ]),
    {
      type: 'map',
      fields: [
        ['value', value('a')],
        ['revision', integer(7)],
      ],
    },
  ],
  ['RANGE', [[bytes('a'), bytes('1')]], { type: 'pairs', pairs: [['a', '1']] }],
  ['PREFIX', [], { type: 'pairs', pairs: [] }],
  ['PREFIX', new Error('TOOLARGE more'), error('TOOLARGE', 'more')],
  ['COMMAND', [[bytes('a'), bytes('1')]], list(list(value('a'), value('1')))],
];

describe('what the client library decoded', () => {
  for (const [name, received, reply] of RECEIVED) {
    it(`${name}: a reply of type ${reply.type}`, () => expect(replyOf(received, name)).to.deep.equal(reply));
  }

  it('within EXEC is read by the commands that were queued', () => {
    const items = ['OK', [[bytes('a'), bytes('1')]], [bytes('a'), bytes('1')], new Error('ERR no')];
    expect(execReplyOf(items, ['SET', 'PREFIX', 'MGET', 'INCR'])).to.deep.equal(
      list(OK, { type: 'pairs', pairs: [['a', '1']] }, list(value('a'), value('1')), error('ERR', 'no')),
    );
    expect(execReplyOf(null, ['SET'])).to.deep.equal(NONE);
    expect(execReplyOf(new Error('EXECABORT why'), ['SET'])).to.deep.equal(error('EXECABORT', 'why'));
  });

  it('of a kind that no replica sends is refused', () => {
    expect(() => replyOf(Symbol('x'), 'GET')).to.throw(/no replica sends/);
  });
});
