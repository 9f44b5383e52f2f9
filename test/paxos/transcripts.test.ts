/**
 * Every rule of the consensus that closes a schedule, and every course that elections and hand-overs take, as transcripts: text
 * files of inputs and the effects they caused. UPDATE_TRANSCRIPTS=1 writes them anew; what they expect has to hold even then.
 */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { play, titleOf } from './support/transcript.js';

/** From dist/test/paxos back to the sources. */
const folder = new URL('../../../test/paxos/transcripts/', import.meta.url);
const update = process.env.UPDATE_TRANSCRIPTS === '1';

describe('transcripts', () => {
  const files = readdirSync(folder).filter((name) => name.endsWith('.txt'));

  it('are there', () => {
    expect(files).to.have.length.greaterThan(30);
  });

  for (const name of files) {
    const file = fileURLToPath(new URL(name, folder));
    const text = readFileSync(file, 'utf8');
    it(`${titleOf(text)} (${name})`, () => {
      const played = play(text);
      if (update) writeFileSync(file, played);
      else expect(played).to.equal(text);
    });
  }
});
