// Whole runs: the same seed is the same run, in this process and in another; runs that once failed; and many more, in the
// long tests such that nobody has ever seen.

import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { Batch } from './batch.js';
import { PROFILE_NAMES } from './faults/profiles.js';
import type { Done } from './job.js';
import { drawPlan, replayCommand, type Wishes } from './plan.js';
import { REGRESSIONS } from './regressions.js';
import { failureLines } from './report.js';
import { type Outcome, Simulation } from './simulation.js';
import { outsidePromises } from './world/settle.js';

const MAIN = fileURLToPath(new URL('main.js', import.meta.url));

/** More than a moment, also on a machine that does other things. */
const PATIENCE_MS = 15 * 60_000;

const isLong = process.env.SYNOD_LONG === '1';
const RUNS = isLong ? 5_000 : 200;

function play(seed: number, wishes: Wishes = {}): Promise<Outcome> {
  return outsidePromises(() => new Simulation(drawPlan(seed, wishes)).run());
}

function fine(done: Done, wishes: Wishes): void {
  if (done.violation !== null) expect.fail(failureLines(done, wishes, null).join('\n'));
}

describe('a simulated run', () => {
  it('is the same for the same seed, whatever ran before it', async () => {
    const first = await play(11);
    const other = await play(12);
    const again = await play(11);
    expect(again).to.deep.equal(first);
    expect(other.hash).not.to.equal(first.hash);
  });

  it('is the same in another process', async () => {
    const { hash, operations } = await play(13, { profile: 'crashes' });
    const args = [MAIN, '--seed', '13', '--profile', 'crashes', '--json'];
    const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 2 ** 24 });
    expect(JSON.parse(stdout)).to.include({ hash, operations });
  });

  it('tells its story without being changed by that', async () => {
    const silent = await play(14);
    const told = await outsidePromises(() => new Simulation(drawPlan(14), 'steps').run());
    expect(told.hash).to.equal(silent.hash);
    expect(told.story.some((line) => / leads ballot=/.test(line))).to.equal(true);
  });

  it('can be played again by the command that is printed', () => {
    const wishes = { replicas: 3, until: 1_500, faults: [3, 17] };
    expect(replayCommand(5, wishes)).to.equal('npm run simulate -- --seed 5 --replicas 3 --until 1500 --faults 3,17');
    expect(drawPlan(5, wishes).faults.map(({ id }) => id)).to.deep.equal(
      drawPlan(5, { replicas: 3 })
        .faults.filter(({ id, at }) => at < 1_500 && [3, 17].includes(id))
        .map(({ id }) => id),
    );
  });
});

describe('simulated runs', () => {
  for (const { seed, wishes, what } of REGRESSIONS) {
    it(`do not fail again: ${seed}, ${what}`, async () => fine(await play(seed, wishes), wishes)).timeout(PATIENCE_MS);
  }

  for (const profile of PROFILE_NAMES) {
    it(`pass under the profile ${profile}`, async () => {
      const wishes = { profile, seconds: 10 };
      for (const seed of [1, 2]) fine(await play(seed, wishes), wishes);
    }).timeout(PATIENCE_MS);
  }

  it(`pass with ${RUNS} seeds${isLong ? ' that nobody has seen' : ''}`, async () => {
    const from = isLong ? Date.now() : 1;
    process.stdout.write(`      seeds from ${from}\n`);
    let given = 0;
    const next = (): number | undefined => (given < RUNS ? from + given++ : undefined);
    const batch = new Batch({ next, wishes: {}, workers: availableParallelism(), progress: () => undefined });
    await batch.run();
    for (const failure of batch.failures) fine(failure, {});
    expect(batch.seeds).to.equal(RUNS);
    expect(batch.operations).to.be.above(50 * RUNS);
  }).timeout(PATIENCE_MS);
});
