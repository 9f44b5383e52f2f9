// The REPL against real daemons: a script goes on while the leader is killed, and every write is executed once or told to be uncertain.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { LocalCluster } from './local-cluster.js';

const program = fileURLToPath(new URL('../../synod.js', import.meta.url));
const LINES = 400;

describe('the REPL and a cluster', function () {
  this.timeout(120_000);
  let cluster: LocalCluster;

  before(async () => {
    cluster = await LocalCluster.start();
  });

  afterEach(function () {
    if (this.currentTest?.state === 'failed') process.stderr.write(`${cluster.said()}\n`);
  });

  after(() => cluster.dispose());

  it('goes on while the leader is killed', async () => {
    const leader = await cluster.settled();
    // The leader first, so that its death is felt.
    const addresses = [leader, (leader + 1) % 3, (leader + 2) % 3].map(
      (i) => `127.0.0.1:${cluster.place(i).clientPort}`,
    );
    const child = spawn(process.execPath, [program, 'repl', ...addresses], { stdio: ['pipe', 'pipe', 'pipe'] });
    const replies: string[] = [];
    const notices: string[] = [];
    createInterface({ input: child.stderr }).on('line', (line) => notices.push(line));
    createInterface({ input: child.stdout }).on('line', (line) => {
      replies.push(line);
      if (replies.length === LINES / 4) void cluster.daemon(leader).kill();
    });
    child.stdin.end('INCR n\n'.repeat(LINES));
    const code = await new Promise((resolve) => child.once('close', resolve));
    const added = replies.filter((line) => /^\(integer\) \d+$/.test(line)).length;
    const uncertain = replies.filter((line) => line.startsWith('ERROR UNCERTAIN')).length;
    const told = `${replies.filter((line) => line.startsWith('ERROR')).join('\n')}\n${notices.join('\n')}`;
    expect(added + uncertain, told).to.equal(LINES);
    expect(code).to.equal(uncertain === 0 ? 0 : 1);
    expect(notices.join('\n')).to.include('now at');
    const sum = Number(await cluster.ask((leader + 1) % 3, 'GET n'));
    expect(sum).to.be.within(added, added + uncertain);
  });
});
