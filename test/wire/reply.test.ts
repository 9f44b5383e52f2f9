// Replies as a person reads them: the table of the protocol row by row, and that whatever is shown of a value can be typed back.

import { expect } from 'chai';
import fc from 'fast-check';

import { excerpt } from '#src/wire/quote.js';
import { type Reply, renderInline } from '#src/wire/reply.js';
import { RequestReader } from '#src/wire/request-reader.js';

const value = (bytes: string): Reply => ({ type: 'value', bytes });
const latin1Of = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

describe('renderInline', () => {
  const rows: readonly (readonly [string, Reply, string])[] = [
    ['a status', { type: 'status', text: 'OK' }, 'OK'],
    ['the answer to PING', { type: 'status', text: 'PONG' }, '+PONG'],
    ['a status in Unicode', { type: 'status', text: 'größe' }, latin1Of('größe')],
    ['a status with a line end', { type: 'status', text: 'a\r\nERROR b' }, 'a ERROR b'],
    ['none', { type: 'none' }, '(nil)'],
    ['an integer', { type: 'integer', value: -12 }, '(integer) -12'],
    [
      'an error',
      { type: 'error', code: 'ERR', text: "unknown command 'FROB'; type HELP" },
      "ERROR ERR unknown command 'FROB'; type HELP",
    ],
    ['an error with control bytes', { type: 'error', code: 'ERR', text: "no '\x1b[2J\n'" }, "ERROR ERR no ' [2J '"],
    ['a text', { type: 'text', text: 'one\n  two\n' }, 'one\r\n  two\r\n'],
    ['a text in Unicode', { type: 'text', text: '│ a │\n└───┘' }, `${latin1Of('│ a │')}\r\n${latin1Of('└───┘')}`],
    // Values as they are.
    ['a value', value('green'), 'green'],
    ['a value of words', value('green and  red'), 'green and  red'],
    ['a value with quotes inside', value(`it's "so"`), `it's "so"`],
    ['a value with a backslash', value('a\\n'), 'a\\n'],
    ['a value in UTF-8', value(latin1Of('grün 🍏')), latin1Of('grün 🍏')],
    ['a value that only looks like an error', value('ERRORS'), 'ERRORS'],
    ['a number', value('12'), '12'],
    ['a number and a bracket', value('12]'), '12]'],
    // Values that could mislead.
    ['an empty value', value(''), '""'],
    ['a value with a line end', value('a\r\nb'), '"a\\r\\nb"'],
    ['a value with a tab', value('a\tb'), '"a\\tb"'],
    ['a value with an escape', value('\x1b[2J'), '"\\x1b[2J"'],
    ['a value with NUL', value('a\x00'), '"a\\x00"'],
    ['a value with DEL', value('a\x7f'), '"a\\x7f"'],
    ['a value that is not UTF-8', value('a\xff\xc3'), '"a\\xff\\xc3"'],
    ['a value with a C1 control character', value(`${latin1Of('ü\u009b')}A`), '"\\xc3\\xbc\\xc2\\x9bA"'],
    ['a value with a control byte in UTF-8', value(latin1Of('grün\n')), `"${latin1Of('grün')}\\n"`],
    ['a value with a blank in front', value(' a'), '" a"'],
    ['a value with a blank behind', value('a '), '"a "'],
    ['a blank', value(' '), '" "'],
    ['a value in UTF-8 with a blank behind', value(latin1Of('ü ')), `"${latin1Of('ü')} "`],
    ['a value in UTF-8 with a blank in front', value(latin1Of(' ü')), `" ${latin1Of('ü')}"`],
    ['a value in double quotes', value('"a"'), '"\\"a\\""'],
    ['a value in single quotes', value("'a'"), `"'a'"`],
    ['a value with a bracket in front', value('(nil)'), '"(nil)"'],
    ['a value like an error', value('ERROR ERR no'), '"ERROR ERR no"'],
    ['a value like an item', value('12) a'), '"12) a"'],
    ['a value with a quoted backslash', value('"\\'), '"\\"\\\\"'],
    // Lists and pairs.
    ['an empty list', { type: 'list', items: [] }, '(empty)'],
    ['a list', { type: 'list', items: [value('first'), { type: 'none' }] }, '1) first\r\n2) (nil)'],
    [
      'lists in lists',
      {
        type: 'list',
        items: [
          { type: 'integer', value: 7 },
          { type: 'list', items: [value('a'), { type: 'list', items: [value('b'), value('c')] }] },
        ],
      },
      '1) (integer) 7\r\n2) 1) a\r\n   2) 1) b\r\n      2) c',
    ],
    [
      'pairs',
      {
        type: 'pairs',
        pairs: [
          ['a', 'green'],
          ['b c', ' x'],
        ],
      },
      'a green\r\n"b c" " x"\r\n(2 pairs)',
    ],
    ['one pair', { type: 'pairs', pairs: [["it's", 'a b']] }, `"it's" a b\r\n(1 pair)`],
    ['no pairs', { type: 'pairs', pairs: [] }, '(0 pairs)'],
  ];
  for (const [what, reply, text] of rows) {
    it(`writes ${what}`, () => {
      expect(renderInline(reply)).to.equal(`${text}\r\n`);
    });
  }

  const tricky = fc.oneof(
    fc.constantFrom(
      '"',
      "'",
      '\\',
      '(',
      'ERROR ',
      '1) ',
      ' ',
      '\n',
      '\r',
      '\t',
      '\x00',
      '\xff',
      '\\x',
      '\xc3\xbc',
      '\xc2\x9b',
      'a',
    ),
    fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)),
  );
  const bytes = fc.array(tricky, { maxLength: 12 }).map((parts) => parts.join(''));

  it('shows a value on one line, in a form that PUT and SET take back', () => {
    fc.assert(
      fc.property(bytes, (original) => {
        const shown = renderInline(value(original));
        expect(shown.slice(0, -2)).to.match(/^[ -~\x80-\xff]+$/);
        const commands = shown.startsWith('"') ? ['PUT', 'SET'] : ['PUT'];
        for (const command of commands) {
          const reader = new RequestReader();
          reader.push(Buffer.from(`${command} k ${shown}`, 'latin1'));
          expect(reader.next()).to.deep.equal({ type: 'command', argv: [command, 'k', original], syntax: 'inline' });
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it('shows no value as another kind of reply', () => {
    const others: readonly Reply[] = [
      { type: 'none' },
      { type: 'integer', value: 3 },
      { type: 'error', code: 'ERR', text: 'no' },
      { type: 'list', items: [] },
      { type: 'list', items: [value('a')] },
      { type: 'pairs', pairs: [] },
    ];
    for (const other of others) {
      const text = renderInline(other).slice(0, -2);
      expect(renderInline(value(text))).to.equal(`"${text}"\r\n`);
    }
  });

  it('keeps keys and values of pairs apart', () => {
    fc.assert(
      fc.property(bytes, bytes, (key, one) => {
        const [line] = renderInline({ type: 'pairs', pairs: [[key, one]] }).split('\r\n');
        const reader = new RequestReader();
        reader.push(Buffer.from(`PUT ${line}\n`, 'latin1'));
        expect(reader.next()).to.deep.equal({ type: 'command', argv: ['PUT', key, one], syntax: 'inline' });
      }),
    );
  });
});

describe('excerpt', () => {
  it('shows printable ASCII and escapes the rest, quotes as they are', () => {
    expect(excerpt(`it's "a"\\\n\xff\x1b`)).to.equal(`it's "a"\\\\n\\xff\\x1b`);
  });

  it('cuts what is long', () => {
    expect(excerpt('x'.repeat(200))).to.equal(`${'x'.repeat(128)}...`);
    expect(excerpt('abc', 3)).to.equal('abc');
  });
});
