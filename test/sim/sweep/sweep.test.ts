// A replica of three whose files have one wrong byte, or an end that is missing: it heals by itself or says why it does not start, and
// the cluster loses nothing and tells nothing wrong. SYNOD_LONG=1 tries every byte of a small log; SYNOD_SEED=n begins elsewhere.

import { expect } from 'chai';
import { HEADER_BYTES } from '#src/store/log-format.js';
import { type Damage, damageText, type Layout, type Place } from './damage.js';
import { damagesOf, type Strides, type Tried } from './damages.js';
import { type End, type Family, play, type Result, type Scene, type Stop } from './trial.js';

const isLong = process.env.SYNOD_LONG === '1';
const seed = Number(process.env.SYNOD_SEED ?? 1);
const PATIENCE_MS = 4 * 60 * 60_000;

const SCENES: readonly Scene[] = ['alone', 'together', 'instead'];
const STOPS: readonly Stop[] = ['exit', 'kill', 'power'];

/** Those in which every byte is tried in the long tests: one of each scene, one of each kind of stop. */
const WHOLE = new Set(['alone exit', 'together power', 'instead kill']);

/** In every `npm test`; the others only in the long tests. */
const SHORT = new Set([...WHOLE, 'instead power', 'together power with snapshots', 'alone exit with snapshots']);

/** Over all families with snapshots, of which there are nine. */
const SNAPSHOT_FLIPS = 1_000 / 9;
const SNAPSHOT_CUTS = 200 / 9;

type Tally = Map<string, number>;

function nameOf({ scene, stop, snapshots }: Family): string {
  return `${scene} ${stop}${snapshots ? ' with snapshots' : ''}`;
}

const families: readonly Family[] = [false, true]
  .flatMap((snapshots) => SCENES.flatMap((scene) => STOPS.map((stop) => ({ scene, stop, snapshots }))))
  .filter((family) => isLong || SHORT.has(nameOf(family)));

const NONE: Strides = { flip: 0, cut: 0 };

/** Zeros are all alike, and so are most bytes of a group: some of each; of what is read in a different way all. */
function stridesOf(family: Family, layout: Layout): Readonly<Record<Place, Strides>> {
  const { snapshots } = family;
  const isWhole = isLong && !snapshots && WHOLE.has(nameOf(family));
  const bytes = layout.stretches.reduce((sum, { place, from, to }) => sum + (place === 'snapshot' ? to - from : 0), 0);
  const share = isLong ? 1 : 8;
  const snapshot = {
    flip: Math.floor((share * bytes) / SNAPSHOT_FLIPS),
    cut: Math.floor((share * bytes) / SNAPSHOT_CUTS),
  };
  const padding = isLong ? { flip: 1_021, cut: 1_021 } : { flip: 16_381, cut: 16_381 };
  const blank = isLong ? { flip: 509, cut: 509 } : { flip: 4_093, cut: 4_093 };
  const group = isWhole ? { flip: 1, cut: 1 } : isLong ? { flip: 37, cut: 37 } : { flip: 211, cut: 211 };
  const last = isWhole ? group : isLong ? { flip: 11, cut: 11 } : { flip: 61, cut: 61 };
  const identity = isWhole ? group : isLong ? { flip: 61, cut: 61 } : { flip: 211, cut: 211 };
  const rest = { padding, unwritten: blank, spare: blank, unfinished: NONE };
  return { ...rest, group, 'last group': last, identity, snapshot: snapshots ? snapshot : NONE };
}

/** Every byte of what begins the last group that others follow. */
function headerFlips({ stretches }: Layout): Tried[] {
  const group = stretches.findLast(({ place }) => place === 'group');
  if (group === undefined) return [];
  const { path, place, from } = group;
  return Array.from({ length: HEADER_BYTES }, (_, n) => {
    return { place, damage: { type: 'flip', path, at: from + n, bit: (n + seed) % 8 } };
  });
}

/** How it may end; of what is not there nothing is asked. */
function endsOf({ damage, place }: Tried, layout: Layout): readonly End[] {
  switch (place) {
    case 'identity':
      return ['refused'];
    case 'padding':
      return damage.type === 'flip' ? ['nothing'] : ['repaired', 'healed'];
    case 'last group':
      // It looks like a write that was never finished, to everybody; but not where the file ends too early.
      if (damage.type === 'flip' && layout.endsUnproven) return ['beyond proof'];
      return ['repaired', 'healed'];
    case 'snapshot':
      // The older one is not read while there is a newer one.
      return damage.path === newestSnapshot(layout) ? ['repaired', 'healed'] : ['nothing'];
    case 'unfinished':
      return ['nothing'];
    default:
      return ['repaired', 'healed'];
  }
}

function newestSnapshot({ stretches }: Layout): string {
  return stretches.findLast(({ place }) => place === 'snapshot')?.path ?? '';
}

async function judge(family: Family, layout: Layout, tried: Tried): Promise<Result> {
  const { damage } = tried;
  const result = await play(family, damage, seed);
  const { end, violation, lines, code } = result;
  if (violation !== null) await tellAndFail(family, damage, `${violation.check}: ${violation.message}`);
  const told = lines.some((line) => line.includes(damage.path));
  if (!endsOf(tried, layout).includes(end)) await tellAndFail(family, damage, `it ended as '${end}'`);
  if (end === 'refused' && (code !== 'identity-damaged' || !told))
    await tellAndFail(family, damage, `it refused with ${code}: ${lines[0]}`);
  if ((end === 'repaired' || end === 'healed') && !told)
    await tellAndFail(family, damage, `nobody was told of ${damage.path}`);
  return result;
}

/** Plays it again with its story. */
async function tellAndFail(family: Family, damage: Damage, what: string): Promise<never> {
  const { story } = await play(family, damage, seed, 'story');
  const name = `${nameOf(family)}, ${damageText(damage)}, SYNOD_SEED=${seed}`;
  expect.fail(`${name}: ${what}\n${story.slice(-60).join('\n')}`);
}

async function layoutOf(family: Family): Promise<Layout> {
  const { end, violation, layout } = await play(family, null, seed);
  expect(violation).to.equal(null);
  expect(end).to.equal('nothing');
  if (layout === null) throw new Error('nobody looked at the disk');
  return layout;
}

describe('a replica of three with damaged files', () => {
  const tally: Tally = new Map();

  for (const family of families) {
    it(`heals or says why it does not start: ${nameOf(family)}`, async () => {
      const layout = await layoutOf(family);
      const headers = nameOf(family) === 'together power' ? headerFlips(layout) : [];
      for (const tried of [...headers, ...damagesOf(layout, stridesOf(family, layout), seed)]) {
        const { end } = await judge(family, layout, tried);
        const what = `${tried.damage.type} in ${tried.place}: ${end}`;
        tally.set(what, (tally.get(what) ?? 0) + 1);
      }
    }).timeout(PATIENCE_MS);
  }

  it('was tried in every way', () => {
    for (const [what, count] of [...tally].sort())
      process.stdout.write(`      ${count.toString().padStart(6)} ${what}\n`);
    for (const place of ['group', 'last group', 'padding', 'unwritten', 'spare', 'identity', 'snapshot'])
      for (const type of ['flip', 'cut'])
        expect(
          [...tally.keys()].some((what) => what.startsWith(`${type} in ${place}:`)),
          `${type} in ${place}`,
        ).to.equal(true);
  });
});
