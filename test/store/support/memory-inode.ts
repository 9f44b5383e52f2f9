/**
 * One file in memory: what programs see (the page cache) and what a power loss would leave (the platter), with the sectors in
 * which the two differ. Which of those survive a power loss is the caller's choice, sector by sector.
 */

export const SECTOR = 512;

export class MemoryInode {
  /** What reads give. */
  cached = new Uint8Array(0);
  private durable = new Uint8Array(0);
  private readonly dirty = new Set<number>();

  /** A file with these contents, durable. */
  static holding(bytes: Uint8Array): MemoryInode {
    const inode = new MemoryInode();
    inode.cached = Uint8Array.from(bytes);
    inode.durable = inode.cached.slice();
    return inode;
  }

  write(bytes: Uint8Array, position: number): void {
    this.resize(Math.max(this.cached.length, position + bytes.length));
    this.cached.set(bytes, position);
    for (const sector of sectorsOf(position, bytes.length)) this.dirty.add(sector);
  }

  /** A write whose way to the platter failed: programs see it, no later sync remembers it. */
  writeLost(bytes: Uint8Array, position: number): void {
    this.resize(Math.max(this.cached.length, position + bytes.length));
    this.cached.set(bytes, position);
  }

  /** Grows with zeros, or cuts. */
  resize(size: number): void {
    if (size === this.cached.length) return;
    const resized = new Uint8Array(size);
    resized.set(this.cached.subarray(0, size));
    this.cached = resized;
  }

  /** Contents and size become durable. */
  sync(): void {
    this.durable = resizedTo(this.durable, this.cached.length);
    this.syncSectors(this.dirty);
    this.dirty.clear();
  }

  /** What O_DSYNC makes durable: this range, and the size. */
  syncRange(position: number, length: number): void {
    this.durable = resizedTo(this.durable, this.cached.length);
    const sectors = [...sectorsOf(position, length)];
    this.syncSectors(sectors);
    for (const sector of sectors) this.dirty.delete(sector);
  }

  /** The power fails: of what was not durable, only the sectors survive for which `survives` says so. */
  losePower(survives: () => boolean): void {
    if (survives()) this.durable = resizedTo(this.durable, this.cached.length);
    this.syncSectors([...this.dirty].filter(survives));
    this.dirty.clear();
    this.cached = this.durable.slice();
  }

  private syncSectors(sectors: Iterable<number>): void {
    for (const sector of sectors) {
      const start = sector * SECTOR;
      if (start < this.durable.length) {
        this.durable.set(this.cached.subarray(start, Math.min(start + SECTOR, this.durable.length)), start);
      }
    }
  }
}

function resizedTo(bytes: Uint8Array<ArrayBuffer>, size: number): Uint8Array<ArrayBuffer> {
  if (bytes.length === size) return bytes;
  const resized = new Uint8Array(size);
  resized.set(bytes.subarray(0, size));
  return resized;
}

function* sectorsOf(position: number, length: number): Generator<number> {
  for (let at = Math.floor(position / SECTOR); at * SECTOR < position + length; at++) yield at;
}
