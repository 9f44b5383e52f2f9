/** The one resend rule: when something unanswered goes again, over stories of what was sent, answered and waited for. */

import { expect } from 'chai';
import { Resend } from '#src/paxos/resend.js';

/**
 * `e100`: something was sent at 100 that wants an answer; `a150/20`: an answer came at 150 over a round trip of 20; `r`: all is
 * answered; `d200`: at 200 it is looked whether it is due. Intervals begin at 100.
 */
const ROWS: readonly (readonly [story: string, due: string, dueAt: number])[] = [
  ['', '', Number.POSITIVE_INFINITY],
  ['d1000', 'n', Number.POSITIVE_INFINITY],
  ['e0', '', 100],
  ['e0 e50', '', 100],
  ['e0 d99 d100', 'n y', 300],
  ['e0 d100 d299 d300', 'y n y', 700],
  ['e0 d100 d300 d700 d1500', 'y y y y', 2_500],
  ['e0 d100 d300 d700 d1500 d2500', 'y y y y y', 3_500],
  ['e0 d100 e150', 'y', 300],
  ['e0 d100 r', 'y', Number.POSITIVE_INFINITY],
  ['e0 d100 r e400', 'y', 500],
  ['e0 a50/20', '', 150],
  ['e0 a50/200', '', 450],
  ['e0 a50/900', '', 1_050],
  ['e0 d100 d300 a310/20', 'y y', 410],
  ['a50/200 e100', '', 500],
  ['a50/200', '', Number.POSITIVE_INFINITY],
  ['a50/200 r e100', '', 200],
];

describe('resending', () => {
  for (const [story, due, dueAt] of ROWS) {
    it(`${story || 'nothing'}: ${due || 'nothing asked'}, next at ${dueAt}`, () => {
      const resend = new Resend(100);
      const results: string[] = [];
      for (const event of story.split(' ').filter((text) => text !== '')) {
        const [mono = 0, roundTrip = 0] = event.slice(1).split('/').map(Number);
        if (event.startsWith('e')) resend.expect(mono);
        else if (event.startsWith('a')) resend.answered(mono, roundTrip);
        else if (event.startsWith('r')) resend.rest();
        else results.push(resend.isDue(mono) ? 'y' : 'n');
      }
      expect(results.join(' ')).to.equal(due);
      expect(resend.dueAt).to.equal(dueAt);
    });
  }
});
