// Log lines of daemons as the launcher shows them.
import { expect } from 'chai';
import { readable } from '#src/cluster/log-line.js';

const time = new Date(2026, 0, 2, 3, 4, 5, 6).getTime();

const lines: readonly [line: string, shown: string][] = [
  ['plain words', 'plain words'],
  ['{ not JSON', '{ not JSON'],
  [
    JSON.stringify({ level: 'info', time, replica: 'a', slot: 12, why: 'it is due', event: 'leads' }),
    '03:04:05.006 leads slot=12 why=it is due',
  ],
  [JSON.stringify({ level: 'info', time, event: 'follows', leader: null }), '03:04:05.006 follows leader=null'],
  [JSON.stringify({ event: 'no time' }), 'no time'],
];

describe('a log line', () => {
  for (const [line, shown] of lines) {
    it(`is shown as: ${shown}`, () => {
      const colourless = readable(line).replaceAll(new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g'), '');
      expect(colourless).to.equal(shown);
    });
  }
});
