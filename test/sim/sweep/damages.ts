/** Which damages are tried of all that a disk's files can have: every one where they differ, and some where they do not. */

import type { Damage, Layout, Place, Stretch } from './damage.js';

/** Of how many flips, and of how many cuts, one is tried; 0: none. */
export interface Strides {
  readonly flip: number;
  readonly cut: number;
}

export interface Tried {
  readonly damage: Damage;
  readonly place: Place;
}

/**
 * Every so many bytes of all that stands in places of one kind, beginning with `phase`. A flip is of another bit from byte
 * to byte.
 */
export function damagesOf({ stretches }: Layout, strides: Readonly<Record<Place, Strides>>, phase: number): Tried[] {
  const passed = new Map<Place, number>();
  return stretches.flatMap((stretch) => {
    const { path, place, from, to } = stretch;
    const { flip, cut } = strides[place];
    const before = passed.get(place) ?? 0;
    passed.set(place, before + to - from);
    const flips = every(stretch, flip, before + phase).map((at): Tried => {
      return { place, damage: { type: 'flip', path, at, bit: (at + phase) % 8 } };
    });
    const cuts = every(stretch, cut, before + phase).map((at): Tried => ({ place, damage: { type: 'cut', path, at } }));
    return [...flips, ...cuts];
  });
}

/** The bytes of a stretch whose number in all, `before` being the first, is a multiple of `stride`. */
function every({ from, to }: Stretch, stride: number, before: number): number[] {
  const places: number[] = [];
  if (stride === 0) return places;
  for (let at = from + ((stride - (before % stride)) % stride); at < to; at += stride) places.push(at);
  return places;
}
