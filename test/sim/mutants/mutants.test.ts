// Planted bugs: every patch fits the program as it is built now, and the simulator's checks notice each of them soon. And the
// harness itself: what does not apply, breaks down or goes unnoticed is told as just that.

import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { CRASH } from '../checks/violation.js';
import { campaign, checksOf, isCaught, medianSeeds, type Result, worstSeeds } from './campaign.js';
import type { Hunt } from './hunt.js';
import { KNOWN } from './known.js';
import { MUTANTS, mutantOf } from './list.js';
import { type Mutant, plant } from './mutant.js';
import { documented, knownIn, resultLine, totalLine } from './table.js';

/** Others may need the processors more. */
const PATIENCE_MS = 15 * 60_000;

/** Within so many seeds each of them has to be noticed, wherever one begins. */
const MAX_SEEDS = 300;

const isLong = process.env.SYNOD_LONG === '1';
const STARTS = isLong ? 3 : 1;

const MUTANT: Mutant = {
  name: 'a',
  breaks: 'a rule',
  file: 'x.js',
  find: 'one();',
  replace: 'two();',
  wishes: { profile: 'calm', replicas: 5 },
};

const caught = (seeds: number, check: string, message = ''): Hunt => ({
  from: 1,
  seeds,
  end: { type: 'caught', seed: seeds, check, message },
});

function resultOf(...hunts: Hunt[]): Result {
  return { mutant: MUTANT, hunts };
}

describe('a planted bug', () => {
  it('takes the place of what stands there once', () => {
    expect(plant(MUTANT, 'zero();\none();\n')).to.equal('zero();\ntwo();\n');
    expect(plant({ ...MUTANT, replace: "$&$'" }, 'one();')).to.equal("$&$'");
  });

  for (const [what, source] of [
    ['not there', 'two();'],
    ['there twice', 'one(); one();'],
  ] as const) {
    it(`does not apply where its place is ${what}`, () => {
      expect(() => plant(MUTANT, source)).to.throw('the mutant a does not apply');
    });
  }

  it('has a name of its own', () => {
    expect(new Set(MUTANTS.map(({ name }) => name)).size).to.equal(MUTANTS.length);
    for (const { name } of MUTANTS) expect(name).to.match(/^[a-z]+(-[a-z]+)*$/);
    expect(() => mutantOf('nobody')).to.throw("there is no mutant 'nobody'");
  });

  it('is one of at least forty, and each fits the program as it is built and can be read', async () => {
    const program = fileURLToPath(new URL('parses.js', import.meta.url));
    const args = ['--experimental-vm-modules', '--no-warnings', program];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect(stdout).to.equal(`${MUTANTS.length}\n`);
    expect(MUTANTS.length).to.be.above(39);
  }).timeout(PATIENCE_MS);
});

describe('a campaign', () => {
  it('tells what survives', async () => {
    const harmless: Mutant = { ...mutantOf('torn-tail-refused'), wishes: { profile: 'calm', seconds: 1 } };
    const [result] = await Promise.all(campaign({ mutants: [harmless], from: 1, starts: 1, maxSeeds: 2, workers: 1 }));
    expect(result?.hunts.map(({ seeds, end }) => [seeds, end.type])).to.deep.equal([[2, 'survived']]);
  }).timeout(PATIENCE_MS);

  it('begins with the seed that it knows', async () => {
    const mutants = [{ ...MUTANT, name: 'nobody' }];
    const known = { nobody: 7 };
    const [result] = await Promise.all(campaign({ mutants, from: 1, starts: 1, maxSeeds: 1, workers: 1, known }));
    expect(result === undefined ? '' : resultLine(result)).to.contain('NOT CAUGHT: seed 7: ');
  }).timeout(PATIENCE_MS);

  it('tells of a bug that cannot be planted', async () => {
    const mutants = [{ ...MUTANT, name: 'nobody' }];
    const [result] = await Promise.all(campaign({ mutants, from: 1, starts: 1, maxSeeds: 1, workers: 1 }));
    if (result === undefined) throw new Error('there is a result');
    expect(isCaught(result)).to.equal(false);
    expect(resultLine(result)).to.match(
      /NOT CAUGHT: seed 1: the process ended with code 1: .*there is no mutant 'nobody'/s,
    );
  }).timeout(PATIENCE_MS);

  it('counts a mutant as caught when a check noticed it from every start', () => {
    expect(isCaught(resultOf(caught(3, 'one lease'), caught(1, 'linearizable')))).to.equal(true);
    expect(isCaught(resultOf(caught(3, 'one lease'), { from: 9, seeds: 5, end: { type: 'survived' } }))).to.equal(
      false,
    );
    expect(isCaught(resultOf(caught(3, CRASH)))).to.equal(false);
  });

  it('sums up', () => {
    const result = resultOf(caught(3, 'x'), caught(20, 'y'), caught(1, 'y'));
    expect([medianSeeds(result), worstSeeds(result), checksOf(result)]).to.deep.equal([3, 20, ['y', 'x']]);
    expect(totalLine([result, resultOf({ from: 1, seeds: 9, end: { type: 'survived' } })])).to.equal(
      '1 of 2 mutants caught; seeds until then: median 3, worst 20',
    );
  });

  it('puts its table into the document and leaves the rest alone', () => {
    const document = '# How\n\n## Planted bugs\n\nold\n\n## More\n\nrest\n';
    const written = documented(document, [resultOf(caught(3, 'one lease'))]);
    expect(written)
      .to.match(/^# How\n\n## Planted bugs\n/)
      .and.to.match(/\n## More\n\nrest\n$/);
    expect(written).to.contain('| `a` | a rule | calm, 5 replicas | one lease | 3 | 3 |').and.not.to.contain('old');
    expect(documented(written, [resultOf(caught(3, 'one lease'))])).to.equal(written);
    expect(() => documented('# How\n', [])).to.throw('no heading');
  });
});

describe('the seeds that are known', () => {
  const source = "/** What. */\n\nexport const KNOWN: Readonly<Record<string, number>> = {\n  'old-one': 4,\n};\n";
  const named = (name: string, ...hunts: Hunt[]): Result => ({ mutant: { ...MUTANT, name }, hunts });

  it('are those of the first hunts, in the order of names, without what is tried first anyway', () => {
    const results = [
      named('z-z', caught(3, 'x'), caught(9, 'x')),
      named('b', caught(5, 'x')),
      named('first', caught(1, 'x')),
      named('never', { from: 1, seeds: 9, end: { type: 'survived' } }),
    ];
    expect(knownIn(source, results)).to.equal(
      "/** What. */\n\nexport const KNOWN: Readonly<Record<string, number>> = {\n  b: 5,\n  'z-z': 3,\n};\n",
    );
  });

  it('have to have a place', () => {
    expect(() => knownIn('nothing', [])).to.throw('there is no');
  });
});

describe('the checks notice', () => {
  let results: ReadonlyMap<string, Promise<Result>>;

  before(() => {
    const workers = availableParallelism();
    const known = isLong ? {} : KNOWN;
    const hunts = campaign({ mutants: MUTANTS, from: 1, starts: STARTS, maxSeeds: MAX_SEEDS, workers, known });
    results = new Map(MUTANTS.map(({ name }, index) => [name, hunts[index] ?? Promise.reject(new Error(name))]));
  });

  // Where only some of these tests are asked for, the other hunts are under way all the same, and end by themselves.
  after(async function ends() {
    this.timeout(PATIENCE_MS);
    await Promise.all(results.values());
  });

  for (const { name, breaks } of MUTANTS) {
    it(`${name}: ${breaks}`, async () => {
      const result = await results.get(name);
      if (result === undefined || !isCaught(result)) expect.fail(result === undefined ? name : resultLine(result));
    }).timeout(PATIENCE_MS);
  }
});
