// How far long work has come: a bar on a terminal, rarely a line elsewhere.

import { expect } from 'chai';
import { Progress } from '#src/node/host/progress.js';

const MIB = 1024 * 1024;

/** What is written in 12 s of a backup of 120 MiB at 10 MiB/s, told a hundred times a second. */
function written(terminal: { isTTY?: boolean; columns?: number }): string[] {
  const texts: string[] = [];
  let now = 0;
  const progress = new Progress({ ...terminal, write: (text) => texts.push(text) }, () => now);
  for (; now <= 12_000; now += 10) progress.at('backup', (now / 100) * MIB, 120 * MIB);
  progress.end();
  return texts;
}

describe('progress', () => {
  it('is a line every five seconds where nobody sees it at once', () => {
    expect(written({})).to.deep.equal([
      'backup [##########..............]  41 %  50.0 of 120.0 MiB, 10.0 MiB/s, 7 s left\n',
      'backup [####################....]  83 %  100.0 of 120.0 MiB, 10.0 MiB/s, 2 s left\n',
    ]);
  });

  it('is one line of a terminal, drawn ten times a second, that is gone at the end', () => {
    const texts = written({ isTTY: true, columns: 60 });
    expect(texts).to.have.lengthOf(121);
    for (const text of texts.slice(0, -1))
      expect(text.replace('\x1b', 'ESC')).to.match(/^\rbackup \[[#.]{24}\] [ \d]{3} % {2}[^\r\n]*ESC\[K$/);
    expect(Math.max(...texts.map((text) => text.length))).to.be.at.most('\r'.length + 59 + '\x1b[K'.length);
    expect(texts.at(-1)).to.equal('\r\x1b[K');
  });

  it('says what it waits for, on a terminal', () => {
    const texts: string[] = [];
    new Progress({ isTTY: true, write: (text) => texts.push(text) }, () => 0).wait('verifying');
    new Progress({ write: (text) => texts.push(text) }, () => 0).wait('verifying');
    expect(texts).to.deep.equal(['\rverifying …\x1b[K']);
  });
});
