// A simulated file against a plain one that keeps two whole copies of itself: what programs see, and what a power loss leaves.

import { expect } from 'chai';
import { Pages, SECTOR } from './pages.js';
import { Random } from './random.js';

const BYTES = 4 * 4096;

/** The same, plainly: the cache, the platter, and which sectors of the cache are newer. */
class Plain {
  cached = new Uint8Array(BYTES);
  durable = new Uint8Array(BYTES);
  readonly #dirty = new Set<number>();

  write(bytes: Uint8Array, position: number): void {
    this.cached.set(bytes, position);
    for (const sector of sectorsOf(bytes, position)) this.#dirty.add(sector);
  }

  writeDurably(bytes: Uint8Array, position: number): void {
    this.write(bytes, position);
    for (const sector of sectorsOf(bytes, position)) this.#settle(sector);
  }

  sync(): void {
    for (const sector of this.#dirty) this.#settle(sector);
  }

  forget(): void {
    this.#dirty.clear();
  }

  losePower(survives: () => boolean): void {
    for (const sector of [...this.#dirty].sort((a, b) => a - b)) if (survives()) this.#settle(sector);
    this.#dirty.clear();
    this.cached = this.durable.slice();
  }

  #settle(sector: number): void {
    this.#dirty.delete(sector);
    const from = sector * SECTOR;
    this.durable.set(this.cached.subarray(from, from + SECTOR), from);
  }
}

function sectorsOf(bytes: Uint8Array, position: number): number[] {
  const first = Math.floor(position / SECTOR);
  const end = Math.ceil((position + bytes.length) / SECTOR);
  return Array.from({ length: end - first }, (_, i) => first + i);
}

function compare(seed: number): void {
  const random = new Random(seed, 'pages');
  const pages = new Pages();
  const plain = new Plain();
  pages.writeDurably(new Uint8Array(BYTES), 0);
  for (let step = 0; step < 60; step++) {
    const position = random.below(BYTES);
    const length = Math.min(BYTES - position, random.pick([1, SECTOR, 4_096, 6_000]));
    const bytes = new Uint8Array(length).fill(random.below(3));
    const what = random.pick([
      'write',
      'write',
      'writeDurably',
      'writeDurably',
      'sync',
      'forget',
      'losePower',
    ] as const);
    if (what === 'losePower') {
      const fate = random.pick([0, 1]);
      pages.losePower(() => fate === 1);
      plain.losePower(() => fate === 1);
    } else if (what === 'sync' || what === 'forget') {
      pages[what]();
      plain[what]();
    } else {
      pages[what](bytes, position);
      plain[what](bytes, position);
    }
    const seen = new Uint8Array(BYTES);
    expect(pages.read(seen, 0), `seed ${seed}, step ${step}`).to.equal(BYTES);
    expect(Buffer.compare(seen, plain.cached), `seed ${seed}, step ${step}: ${what} at ${position}`).to.equal(0);
  }
}

describe('a simulated file', () => {
  it('is what a plain one is, through any writes, syncs and power losses', () => {
    for (let seed = 1; seed <= 300; seed++) compare(seed);
  });
});
