// What was typed before: kept for the next time, for nobody else, without passwords, and never in the way.
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { History } from '#src/repl/history.js';

describe('the history of the REPL', () => {
  let home = '';
  const told: string[] = [];
  const history = (name: string): History => new History((text) => told.push(text), join(home, name));

  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'synod-history-'));
  });

  after(() => rm(home, { recursive: true }));

  afterEach(() => {
    told.length = 0;
  });

  it('is there again the next time, for its owner only', async () => {
    expect(history('a').read()).to.deep.equal([]);
    history('a').write(['GET apple', 'PUT apple green']);
    expect(history('a').read()).to.deep.equal(['GET apple', 'PUT apple green']);
    expect((await stat(join(home, 'a'))).mode & 0o777).to.equal(0o600);
    expect(told).to.deep.equal([]);
  });

  it('keeps no password', () => {
    history('b').write(['auth me secret', 'GET a', 'HELLO 3 AUTH me secret', 'GET author']);
    expect(history('b').read()).to.deep.equal(['GET a', 'GET author']);
  });

  it('says once why it does not work, and does no harm', () => {
    const broken = history('nowhere/at/all');
    expect(broken.read()).to.deep.equal([]);
    broken.write(['GET a']);
    broken.write(['GET b']);
    expect(told).to.have.length(1);
    expect(told[0]).to.match(/^no history is kept: ENOENT/);
  });
});
