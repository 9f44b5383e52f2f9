// A replica of three whose files have one wrong byte, or an end that is missing: it heals by itself or says why it does not
// start, and the cluster loses nothing and tells nothing wrong. SYNOD_LONG=1 tries every byte of a small log; SYNOD_SEED=n
// begins elsewhere.

import { expect } from 'chai';
import { HEADER_BYTES } from '#src/store/log-format.js';
import { outsidePromises } from '../world/settle.js';
import { type Damage, damageText, type Layout, type Place } from './damage.js';
import { damagesOf, type Strides, type Tried } from './damages.js';
import { foundAfter } from './starts.js';
import { type End, type Family, play, type Result, type Scene, type Sound, type Stop } from './trial.js';

const isLong = process.env.SYNOD_LONG === '1';
const seed = Number(process.env.SYNOD_SEED ?? 1);
const PATIENCE_MS = 4 * 60 * 60_000;

const SCENES: readonly Scene[] = ['alone', 'together', 'instead'];
const STOPS: readonly Stop[] = ['exit', 'kill', 'power'];

/** In every `npm test`; the others only in the long tests. */
const SHORT = new Set([
  'alone exit',
  'together power',
  'instead kill',
  'instead power',
  'alone exit with snapshots',
  'together power with snapshots',
]);

/** In the long tests every byte of this one's files is damaged, zeros included. */
const WHOLE = 'together power';

/** At least, over all families with snapshots, of which there are nine. */
const SNAPSHOT_FLIPS = 1_000 / 9;
const SNAPSHOT_CUTS = 220 / 9;

const NONE: Strides = each(0);

function nameOf({ scene, stop, snapshots }: Family): string {
  return `${scene} ${stop}${snapshots ? ' with snapshots' : ''}`;
}

const families: readonly Family[] = [false, true]
  .flatMap((snapshots) => SCENES.flatMap((scene) => STOPS.map((stop) => ({ scene, stop, snapshots }))))
  .filter((family) => isLong || SHORT.has(nameOf(family)));

function each(stride: number): Strides {
  return { flip: stride, cut: stride };
}

/** What is played with the whole cluster, whatever a start makes of it. */
function played({ snapshots }: Family, { stretches }: Layout): Readonly<Record<Place, Strides>> {
  const bytes = stretches.reduce((sum, { place, from, to }) => sum + (place === 'snapshot' ? to - from : 0), 0);
  const share = isLong ? 1 : 8;
  const snapshot = {
    flip: Math.floor((share * bytes) / SNAPSHOT_FLIPS),
    cut: Math.floor((share * bytes) / SNAPSHOT_CUTS),
  };
  const [few, some, most] = isLong ? [1_021, 61, 13] : [4_093, 211, 211];
  return {
    group: each(most),
    'last group': each(isLong ? most : 61),
    padding: each(isLong ? few : 16_381),
    unwritten: each(few),
    spare: each(few),
    unfinished: NONE,
    identity: each(some),
    snapshot: snapshots ? snapshot : NONE,
  };
}

/** What is given to a start. */
function started(family: Family): Readonly<Record<Place, Strides>> {
  const blank = each(nameOf(family) === WHOLE ? 1 : 61);
  const log = { group: each(1), 'last group': each(1), padding: blank, unwritten: blank, spare: blank };
  return { ...log, unfinished: blank, identity: each(1), snapshot: each(family.snapshots ? 1 : 0) };
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

/** How it may end. */
function endsOf({ damage, place }: Tried, layout: Layout): readonly End[] {
  switch (place) {
    case 'identity':
      // Without the line break behind its checksum it says the same.
      return damage.type === 'cut' && damage.at === sizeOf(damage.path, layout) - 1 ? ['nothing'] : ['refused'];
    case 'padding':
      return damage.type === 'flip' ? ['nothing'] : ['repaired', 'healed'];
    case 'last group':
      // It looks like a write that was never finished, to everybody; but not where the file ends too early.
      if (damage.type === 'flip' && layout.endsUnproven) return ['beyond proof'];
      return damage.type === 'flip' ? ['dropped'] : ['repaired', 'healed'];
    case 'unwritten':
    case 'spare':
      return ['dropped', 'repaired', 'healed'];
    case 'snapshot':
      // The older one is not read while there is a newer one.
      return damage.path === newestSnapshot(layout) ? ['repaired', 'healed'] : ['nothing'];
    case 'unfinished':
      return ['nothing'];
    case 'group':
      return ['repaired', 'healed'];
  }
}

function sizeOf(path: string, { stretches }: Layout): number {
  return stretches.findLast((stretch) => stretch.path === path)?.to ?? 0;
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
  if ((end === 'dropped' || end === 'repaired' || end === 'healed') && !told)
    await tellAndFail(family, damage, `nobody was told of ${damage.path}`);
  return result;
}

/** Plays it again with its story. */
async function tellAndFail(family: Family, damage: Damage, what: string): Promise<never> {
  const { story } = await play(family, damage, seed, 'story');
  const name = `${nameOf(family)}, ${damageText(damage)}, SYNOD_SEED=${seed}`;
  expect.fail(`${name}: ${what}\n${story.slice(-60).join('\n')}`);
}

async function soundOf(family: Family): Promise<Sound> {
  const { end, violation, sound } = await play(family, null, seed);
  expect(violation).to.equal(null);
  expect(end).to.equal('nothing');
  if (sound === null) throw new Error('nobody looked at the disk');
  expect(sound.layout.endsUnproven, 'the last group holds records that no mark covers').to.equal(
    family.stop === 'power',
  );
  return sound;
}

/** Of all damages of which two starts make the same one each; and how many there were. */
function differing({ disk, settings }: Sound, all: readonly Tried[]): Promise<readonly Tried[]> {
  return outsidePromises(() => {
    const first = new Map<string, Tried>();
    for (const tried of all) {
      const { place, damage } = tried;
      const key = `${place} ${damage.type} ${foundAfter(disk, damage, settings)}`;
      if (!first.has(key)) first.set(key, tried);
    }
    return [...first.values()];
  });
}

describe('a replica of three with damaged files', () => {
  const tally = new Map<string, number>();

  async function tryAll(family: Family, layout: Layout, all: readonly Tried[]): Promise<void> {
    for (const tried of all) {
      const { end } = await judge(family, layout, tried);
      const what = `${tried.damage.type} in ${tried.place}: ${end}`;
      tally.set(what, (tally.get(what) ?? 0) + 1);
    }
  }

  for (const family of families) {
    const name = nameOf(family);

    it(`heals or says why it does not start: ${name}`, async () => {
      const { layout } = await soundOf(family);
      if (name === WHOLE) await tryAll(family, layout, headerFlips(layout));
      await tryAll(family, layout, damagesOf(layout, played(family, layout), seed));
    }).timeout(PATIENCE_MS);

    if (isLong)
      it(`does so wherever the damage is: ${name}`, async () => {
        const sound = await soundOf(family);
        const all = damagesOf(sound.layout, started(family), seed);
        const kinds = await differing(sound, all);
        process.stdout.write(`      ${all.length} damages, ${kinds.length} of which differ\n`);
        await tryAll(family, sound.layout, kinds);
      }).timeout(PATIENCE_MS);
  }

  it('was tried in every way', () => {
    const told = [...tally].map(([what, count]) => `      ${count.toString().padStart(6)} ${what}\n`);
    process.stdout.write(told.sort().join(''));
    for (const place of ['group', 'last group', 'padding', 'unwritten', 'spare', 'identity', 'snapshot'])
      for (const type of ['flip', 'cut']) expect([...tally.keys()].join('; ')).to.contain(`${type} in ${place}: `);
  });
});
