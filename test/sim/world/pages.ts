/**
 * The contents of one simulated file: what programs see (the page cache), what a power loss would leave (the platter), and the
 * sectors in which the two differ. Pages of zeros take no memory, since a log is mostly that.
 */

export const PAGE = 4096;
export const SECTOR = 512;
/** A bit for every sector of a page. */
const ALL_SECTORS = 0xff;

const ZEROS = new Uint8Array(PAGE);

/** Pages are cut from slabs of so many: memory of its own for each would cost more than what is written to it. */
const SLAB_PAGES = 64;

type Page = Uint8Array | undefined;

export class Pages {
  size = 0;
  #durableSize = 0;
  /** A page that both share is replaced, never changed. */
  #cached: Page[] = [];
  #durable: Page[] = [];
  /** By page, the sectors whose cached contents are newer than the durable ones. */
  readonly #dirty = new Map<number, number>();

  /** Fills `target` from `position` on; how many bytes there were. */
  read(target: Uint8Array, position: number): number {
    const end = Math.min(this.size, position + target.length);
    let zerosFrom = position;
    for (let at = position; at < end; ) {
      const page = this.#cached[Math.floor(at / PAGE)];
      const from = at % PAGE;
      const count = Math.min(PAGE - from, end - at);
      if (page !== undefined) {
        if (zerosFrom < at) target.fill(0, zerosFrom - position, at - position);
        target.set(page.subarray(from, from + count), at - position);
        zerosFrom = at + count;
      }
      at += count;
    }
    if (zerosFrom < end) target.fill(0, zerosFrom - position, end - position);
    return Math.max(0, end - position);
  }

  /** The same again: what becomes of one is nothing to the other. */
  copy(): Pages {
    const copy = new Pages();
    copy.size = this.size;
    copy.#durableSize = this.#durableSize;
    copy.#cached = this.#cached.map((page, number) => (page === this.#durable[number] ? page : page?.slice()));
    copy.#durable = [...this.#durable];
    for (const [page, sectors] of this.#dirty) copy.#dirty.set(page, sectors);
    return copy;
  }

  /** Into the page cache. `forgotten`: the system believes that it is on the platter, and it is not. */
  write(bytes: Uint8Array, position: number, forgotten = false): void {
    const end = position + bytes.length;
    this.size = Math.max(this.size, end);
    for (let at = position; at < end; ) {
      const number = Math.floor(at / PAGE);
      const from = at % PAGE;
      const count = Math.min(PAGE - from, end - at);
      const piece = count === bytes.length ? bytes : bytes.subarray(at - position, at - position + count);
      this.#cached[number] = patched(this.#cached[number], piece, from, this.#cached[number] !== this.#durable[number]);
      at += count;
    }
    if (!forgotten) forSectors(position, bytes.length, (page, sectors) => this.#mark(page, sectors));
  }

  /** As a write through O_DSYNC: when it is done it is on the platter, and so is the size. */
  writeDurably(bytes: Uint8Array, position: number): void {
    // What is settled in the same breath need not be marked.
    this.write(bytes, position, true);
    this.#durableSize = Math.max(this.#durableSize, position + bytes.length);
    forSectors(position, bytes.length, (page, sectors) => this.#settle(page, sectors));
  }

  /** A power loss would change nothing. */
  get isDurable(): boolean {
    return this.#dirty.size === 0 && this.size === this.#durableSize;
  }

  truncate(size: number): void {
    this.size = size;
    this.#cached.length = Math.min(this.#cached.length, Math.ceil(size / PAGE));
    const last = this.#cached[Math.floor(size / PAGE)];
    if (last !== undefined && size % PAGE !== 0) {
      this.#cached[Math.floor(size / PAGE)] = patched(last, ZEROS.subarray(size % PAGE), size % PAGE, false);
    }
  }

  sync(): void {
    this.#durableSize = this.size;
    this.#durable.length = Math.min(this.#durable.length, this.#cached.length);
    for (const [page, sectors] of this.#dirty) this.#settle(page, sectors);
  }

  /** A sync failed: the system takes everything for written, and it is not. */
  forget(): void {
    this.#dirty.clear();
  }

  /** The power fails: of what was not durable only the sectors survive for which `survives` says so. */
  losePower(survives: () => boolean): void {
    if (survives()) this.#durableSize = this.size;
    for (const [page, sectors] of this.#dirty) {
      for (let sector = 1; sector <= ALL_SECTORS; sector <<= 1) {
        if ((sectors & sector) !== 0 && survives()) this.#settle(page, sector);
      }
    }
    this.#dirty.clear();
    this.size = this.#durableSize;
    this.#durable.length = Math.min(this.#durable.length, Math.ceil(this.size / PAGE));
    this.#cached = [...this.#durable];
  }

  /** The end of the file is gone for good. */
  cut(size: number): void {
    this.truncate(size);
    this.sync();
  }

  /** Rot: the platter and the cache alike. */
  flip(position: number, bit: number): void {
    const number = Math.floor(position / PAGE);
    for (const pages of [this.#cached, this.#durable]) {
      const page = (pages[number] ?? ZEROS).slice();
      page[position % PAGE] = (page[position % PAGE] ?? 0) ^ (1 << bit);
      pages[number] = page;
    }
  }

  /** Pages that hold more than zeros. */
  written(): number[] {
    return [...this.#cached.keys()].filter((number) => this.#cached[number] !== undefined);
  }

  #mark(page: number, sectors: number): void {
    this.#dirty.set(page, (this.#dirty.get(page) ?? 0) | sectors);
  }

  /** These sectors of the page reach the platter. */
  #settle(page: number, sectors: number): void {
    const left = (this.#dirty.get(page) ?? 0) & ~sectors;
    if (left === 0) this.#dirty.delete(page);
    else this.#dirty.set(page, left);
    const cached = this.#cached[page];
    if (sectors === ALL_SECTORS) {
      this.#durable[page] = cached;
      return;
    }
    let durable = this.#durable[page];
    let isOwn = durable !== cached;
    for (let n = 0; n * SECTOR < PAGE; n++) {
      if ((sectors & (1 << n)) === 0) continue;
      durable = patched(durable, (cached ?? ZEROS).subarray(n * SECTOR, (n + 1) * SECTOR), n * SECTOR, isOwn);
      isOwn = true;
    }
    this.#durable[page] = durable;
  }
}

/** Page by page, the sectors that a range touches. */
function forSectors(position: number, length: number, visit: (page: number, sectors: number) => void): void {
  const end = position + length;
  for (let page = Math.floor(position / PAGE); page * PAGE < end; page++) {
    const first = Math.max(0, Math.floor((position - page * PAGE) / SECTOR));
    const last = Math.min(PAGE / SECTOR, Math.ceil((end - page * PAGE) / SECTOR));
    visit(page, ((1 << last) - 1) & ~((1 << first) - 1));
  }
}

/** The page with these bytes in it, itself where it is nobody else's and else a new one; none where it is all zeros. */
function patched(page: Page, bytes: Uint8Array, from: number, isOwn: boolean): Page {
  const isWhole = bytes.length === PAGE;
  if ((page === undefined || isWhole) && isZeros(bytes)) return undefined;
  const target = page !== undefined && isOwn && !isWhole ? page : newPage();
  if (page === undefined && !isWhole) target.fill(0);
  else if (page !== undefined && target !== page && !isWhole) target.set(page);
  target.set(bytes, from);
  return target;
}

let slab = new Uint8Array(0);
let taken = 0;

/** With anything in it. */
function newPage(): Uint8Array {
  if (taken === slab.length) {
    slab = new Uint8Array(Buffer.allocUnsafeSlow(SLAB_PAGES * PAGE).buffer);
    taken = 0;
  }
  taken += PAGE;
  return slab.subarray(taken - PAGE, taken);
}

function isZeros(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0) return false;
  return Buffer.compare(bytes, bytes.length === PAGE ? ZEROS : ZEROS.subarray(0, bytes.length)) === 0;
}
