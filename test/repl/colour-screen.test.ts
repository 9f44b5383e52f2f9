// What a person sees, without the colours, and once with them.
import { expect } from 'chai';
import pc from 'picocolors';
import { ColourScreen } from '#src/repl/colour-screen.js';
import type { Reply } from '#src/wire/reply.js';
import { error, integer, list, NONE, OK, value } from './fake-replica.js';

function shown(reply: Reply, columns = 40, hasColours = false): string {
  let out = '';
  const screen = new ColourScreen({ columns, write: (text) => (out += text) }, pc.createColors(hasColours));
  screen.reply(reply);
  return out;
}

const SHOWN: readonly (readonly [name: string, reply: Reply, text: string])[] = [
  ['a status', OK, 'OK\n'],
  ['a value', value('gr\xc3\xbcn'), 'grün\n'],
  ['a value that could mislead', value('(nil)'), '"(nil)"\n'],
  ['bytes', value('\x1b[2J\xff'), '"\\x1b[2J\\xff"\n'],
  ['none', NONE, '(nil)\n'],
  ['an integer', integer(2n ** 63n - 1n), '(integer) 9223372036854775807\n'],
  ['an error', error('ERR', 'what?'), 'ERROR ERR what?\n'],
  ['an empty list', list(), '(empty)\n'],
  ['a list of lists', list(value('a'), list(integer(1), NONE)), '1) a\n2) 1) (integer) 1\n   2) (nil)\n'],
  ['text', { type: 'text', text: 'one\n\n  two' }, 'one\n\n  two\n'],
  [
    'a map',
    {
      type: 'map',
      fields: [
        ['value', value('a')],
        ['revision', integer(7)],
      ],
    },
    'value     a\nrevision  (integer) 7\n',
  ],
  [
    'pairs',
    {
      type: 'pairs',
      pairs: [
        ['user:1', 'Anna'],
        ['user:10', 'Bert'],
        ['z\xc3\xbcri', ''],
        ['\xe6\x97\xa5', 'x'],
      ],
    },
    'user:1   Anna\nuser:10  Bert\nzüri     ""\n日       x\n(4 pairs)\n',
  ],
  ['one pair', { type: 'pairs', pairs: [['a b', '1']] }, '"a b"  1\n(1 pair)\n'],
  ['no pairs', { type: 'pairs', pairs: [] }, '(0 pairs)\n'],
  [
    'pairs wider than the window',
    {
      type: 'pairs',
      pairs: [
        ['k', 'v'.repeat(100)],
        ['key '.repeat(6), 'w'.repeat(20)],
      ],
    },
    `k${' '.repeat(21)}${'v'.repeat(17)}…\n"${'key '.repeat(6)}"  ${'w'.repeat(15)}…\n(2 pairs)\n`,
  ],
];

describe('replies at a terminal', () => {
  for (const [name, reply, text] of SHOWN) it(name, () => expect(shown(reply)).to.equal(text));

  it('are coloured by what they are', () => {
    const kinds = [OK, NONE, integer(1), error('ERR', 'x'), value('x')];
    const codes = kinds.map((reply) => {
      const [, ...painted] = shown(reply, 40, true).split('\x1b[');
      return painted.map((text) => Number.parseInt(text, 10)).join(' ');
    });
    expect(codes).to.deep.equal(['32 39', '2 22', '2 22 33 39', '31 1 22 39', '32 39']);
  });
});
