// What a command costs must not creep: writes, messages, bytes and memory are counted, which no other load on the machine
// changes, and held against known.json.

import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { must } from '#src/base/assert.js';
import { messageOf } from '#src/base/errors.js';
import { measureHeap } from './heap-run.js';
import { NODE_MAJOR, readKnown } from './known.js';
import { withCounts } from './page.js';
import { countAtPorts } from './port-run.js';
import { SCENARIOS } from './scenario.js';
import { verdict } from './verdict.js';

/** Some seconds, but where others need the processors. */
const PATIENCE_MS = 5 * 60_000;

const known = readKnown();

const [first, ...others] = SCENARIOS;

function fine(changed: readonly string[]): void {
  if (changed.length === 0) return;
  const advice =
    'a rise that is wanted, and any fall, is written down by: node scripts/counts.mjs --write; the commit says why';
  expect.fail([...changed, advice].join('\n'));
}

describe('what a command costs', () => {
  for (const scenario of SCENARIOS) {
    it(`at the ports is as written down: ${scenario.name}`, async () => {
      fine(verdict(scenario, known.counts[scenario.name] ?? {}, await countAtPorts(scenario)));
    }).timeout(PATIENCE_MS);
  }

  it('at the ports is the same in each run, whatever ran before', async () => {
    const scenario = must(first, 'a scenario');
    const counted = await countAtPorts(scenario, [1]);
    expect(await countAtPorts(scenario, [1])).to.deep.equal(counted);
    expect(await countAtPorts(scenario, [2])).to.not.deep.equal(counted);
  }).timeout(PATIENCE_MS);

  it('in memory is as written down', async function () {
    // Another Node allocates otherwise.
    if (known.node !== NODE_MAJOR) this.skip();
    const heap = await measureHeap();
    expect(heap.size).to.equal(others.length + 1);
    fine(
      SCENARIOS.flatMap((scenario) =>
        verdict(scenario, known.counts[scenario.name] ?? {}, must(heap.get(scenario.name), scenario.name)),
      ),
    );
  }).timeout(PATIENCE_MS);

  it('in memory is not told when some of it was collected meanwhile', async () => {
    const told = await measureHeap(['idle'], 1).then(() => 'something', messageOf);
    expect(told).to.match(/garbage was collected \d+ times in what is measured of 'idle'/);
  }).timeout(PATIENCE_MS);

  it('is shown in docs/benchmarks.md (else: node scripts/counts.mjs --write)', () => {
    const page = readFileSync(new URL('../../../../docs/benchmarks.md', import.meta.url), 'utf8');
    expect(withCounts(page, known)).to.equal(page);
  });
});
