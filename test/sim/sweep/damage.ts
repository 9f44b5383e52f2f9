/**
 * One thing that is wrong with one file, and the places of a data directory at which that can be: what stands there, byte
 * by byte.
 */

import type { StoreId } from '#src/base/ids.js';
import { type GroupHeader, inspectGroup, roundUp, segmentNumber, segmentSeed } from '#src/store/log-format.js';
import type { Pages } from '../world/pages.js';
import type { SimDisk } from '../world/sim-disk.js';

export type Damage =
  | { readonly type: 'flip'; readonly path: string; readonly at: number; readonly bit: number }
  /** `at`: as long as the file is from then on. */
  | { readonly type: 'cut'; readonly path: string; readonly at: number };

/**
 * What a byte belongs to. Groups of the log: all but the last one, the last one, and the zeros that fill their blocks up.
 * Behind them: what was never written, in the segments that were begun and in the spare one. Files that had not got their
 * name yet are unfinished.
 */
export type Place = 'group' | 'last group' | 'padding' | 'unwritten' | 'spare' | 'identity' | 'snapshot' | 'unfinished';

/** Bytes of one file, from … to - 1. */
export interface Stretch {
  readonly path: string;
  readonly place: Place;
  readonly from: number;
  readonly to: number;
}

export interface Layout {
  readonly stretches: readonly Stretch[];
  /** The last group of the log holds records that no mark covers. */
  readonly endsUnproven: boolean;
}

interface Group {
  readonly path: string;
  readonly at: number;
  readonly header: GroupHeader;
}

export function inflict(disk: SimDisk, damage: Damage): void {
  const pages = disk.file(damage.path);
  if (damage.type === 'flip') pages.flip(damage.at, damage.bit);
  else pages.cut(damage.at);
}

export function damageText({ type, path, at }: Damage): string {
  return `${type} ${path} at ${at}`;
}

/** Where everything is on a disk at rest that holds a sound log of this store. */
export function layoutOf(disk: SimDisk, store: StoreId): Layout {
  const files = [...disk.names].flatMap(([path, pages]) => (pages === null ? [] : [{ path, pages }]));
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  const groups = files.flatMap(({ path, pages }) => groupsOf(path, pages, store));
  const last = groups.at(-1);
  if (last === undefined) throw new Error('there is no log');
  const stretches = files.flatMap(({ path, pages }): Stretch[] => {
    const whole = { path, from: 0, to: pages.size };
    if (path.endsWith('/identity')) return [{ ...whole, place: 'identity' }];
    if (path.endsWith('.snapshot')) return [{ ...whole, place: 'snapshot' }];
    if (!path.endsWith('.wal')) return [{ ...whole, place: 'unfinished' }];
    return segmentStretches(path, pages.size, groups, last);
  });
  return { stretches, endsUnproven: last.header.lastLsn >= last.header.firstLsn };
}

function segmentStretches(path: string, size: number, groups: readonly Group[], last: Group): Stretch[] {
  const stretches: Stretch[] = [];
  let end = 0;
  for (const group of groups.filter((each) => each.path === path)) {
    const { at, header } = group;
    end = at + roundUp(header.length);
    const to = at + header.length;
    stretches.push({ path, place: group === last ? 'last group' : 'group', from: at, to });
    stretches.push({ path, place: 'padding', from: to, to: end });
  }
  return [...stretches, { path, place: path > last.path ? 'spare' : 'unwritten', from: end, to: size }];
}

function groupsOf(path: string, pages: Pages, store: StoreId): Group[] {
  const number = segmentNumber(path.slice(path.lastIndexOf('/') + 1));
  if (number === undefined) return [];
  const bytes = new Uint8Array(pages.size);
  pages.read(bytes, 0);
  const groups: Group[] = [];
  for (let at = 0; at < bytes.length; ) {
    const found = inspectGroup(bytes, at, segmentSeed(store, number), at, bytes.length - at);
    if (found.type !== 'group') break;
    groups.push({ path, at, header: found.header });
    at += roundUp(found.header.length);
  }
  return groups;
}
