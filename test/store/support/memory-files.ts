/**
 * The port `Files` in memory, over a disk that can be torn, cut and corrupted. A `MemoryDisk` outlives processes; a `MemoryFiles`
 * is one process's view of it, which ends with `crash`: what is under way then is torn, and nothing it awaits ever comes. Faults
 * are put in by a hook that sees every operation before it happens. Deterministic: chance is given, time is the hook's business.
 * For tests that say themselves what goes wrong; the simulator's `MemoryFiles` (test/sim/world) take their time, and fail as the
 * faults of a seed would have it.
 */

import { CodedError } from '#src/base/errors.js';
import type { DirectoryLock, Files, OpenFile, OpenMode } from '#src/store/files.js';
import { MemoryInode, SECTOR } from './memory-inode.js';

export type OperationType =
  | 'open'
  | 'read'
  | 'write'
  | 'sync'
  | 'truncate'
  | 'rename'
  | 'unlink'
  | 'list'
  | 'make-directory'
  | 'sync-directory';

export interface Operation {
  /** Counted from 1 in the life of this MemoryFiles. */
  readonly number: number;
  readonly type: OperationType;
  readonly path: string;
  readonly position: number;
  readonly length: number;
}

/** Called before each operation: throws the CodedError it shall fail with, or lets time pass. */
export type Hook = (operation: Operation) => void | Promise<void>;

/** `kill`: the process dies, what it wrote is there. `power`: what was not made durable may be gone. */
export type CrashKind = 'kill' | 'power';

/** What is on the disk; survives its users. */
export class MemoryDisk {
  /** Names as programs see them, directories with null. */
  names = new Map<string, MemoryInode | null>([['/', null]]);
  /** Names that a power loss leaves, and what has changed since. */
  durableNames = new Map<string, MemoryInode | null>([['/', null]]);
  readonly locked = new Set<string>();
  capacity = 1024 * 1024 * 1024;

  /** Puts other contents in a file's place, durably; who has it open goes on with the old ones. */
  edit(path: string, change: (bytes: Uint8Array) => Uint8Array): void {
    const inode = MemoryInode.holding(change(this.inode(path).cached));
    this.names.set(path, inode);
    this.durableNames.set(path, inode);
  }

  inode(path: string): MemoryInode {
    const inode = this.names.get(path);
    if (inode === undefined || inode === null) throw new CodedError('not-found', `there is no file ${path}`);
    return inode;
  }

  /** Another disk with the same durable contents. */
  copy(): MemoryDisk {
    const twin = new MemoryDisk();
    twin.capacity = this.capacity;
    for (const [path, inode] of this.names)
      twin.names.set(path, inode === null ? null : MemoryInode.holding(inode.cached));
    twin.durableNames = new Map(twin.names);
    return twin;
  }

  used(): number {
    let bytes = 0;
    for (const inode of this.names.values()) bytes += inode?.cached.length ?? 0;
    return bytes;
  }
}

export class MemoryFiles implements Files {
  readonly disk: MemoryDisk;
  /** Operations begun so far. */
  operations = 0;
  isCrashed = false;
  private readonly hook: Hook;
  private readonly underWay = new Set<{ inode: MemoryInode; bytes: Uint8Array; position: number }>();

  constructor(disk: MemoryDisk, hook: Hook = () => undefined) {
    this.disk = disk;
    this.hook = hook;
  }

  /** Ends this process: tears the writes under way and, when the power fails, forgets what was not durable. */
  crash(kind: CrashKind, chance: () => number): void {
    this.isCrashed = true;
    for (const { inode, bytes, position } of this.underWay) tear(inode, bytes, position, kind, chance);
    this.disk.locked.clear();
    if (kind === 'power') this.losePower(chance);
  }

  async open(path: string, mode: OpenMode): Promise<OpenFile> {
    await this.begin('open', path);
    const { disk } = this;
    this.checkParent(path);
    if (mode === 'create') {
      const known = disk.names.get(path);
      if (known === undefined) disk.names.set(path, new MemoryInode());
      else known?.resize(0);
    }
    return new SimFile(this, path, disk.inode(path), mode);
  }

  async readSmall(path: string, limit: number): Promise<Uint8Array> {
    const file = await this.open(path, 'read');
    const size = await file.size();
    if (size > limit) throw new CodedError('io', `${path} is too long`);
    const bytes = new Uint8Array(size);
    await file.read(bytes, 0);
    return bytes;
  }

  async writeSmall(path: string, bytes: Uint8Array): Promise<void> {
    const file = await this.open(path, 'create');
    await file.write(bytes, 0);
    await file.sync();
  }

  async rename(from: string, to: string): Promise<void> {
    await this.begin('rename', from);
    this.disk.names.set(to, this.disk.inode(from));
    this.disk.names.delete(from);
  }

  async unlink(path: string): Promise<void> {
    await this.begin('unlink', path);
    this.disk.inode(path);
    this.disk.names.delete(path);
  }

  async list(directory: string): Promise<readonly string[]> {
    await this.begin('list', directory);
    this.checkDirectory(directory);
    const inside = [...this.disk.names.keys()].filter((path) => parentOf(path) === directory && path !== '/');
    return inside.map((path) => path.slice(directory.length + 1)).sort();
  }

  async makeDirectory(path: string): Promise<void> {
    await this.begin('make-directory', path);
    for (let made = path; made !== '/'; made = parentOf(made)) {
      this.disk.names.set(made, null);
      this.disk.durableNames.set(made, null);
    }
  }

  async syncDirectory(path: string): Promise<void> {
    await this.begin('sync-directory', path);
    this.checkDirectory(path);
    for (const name of [...this.disk.durableNames.keys(), ...this.disk.names.keys()]) {
      if (parentOf(name) === path) this.settleName(name);
    }
  }

  freeBytes(): Promise<number> {
    return Promise.resolve(Math.max(0, this.disk.capacity - this.disk.used()));
  }

  lock(directory: string): Promise<DirectoryLock> {
    const { locked } = this.disk;
    if (locked.has(directory)) return Promise.reject(new CodedError('locked', `${directory} is in use`));
    locked.add(directory);
    const release = (): Promise<void> => {
      locked.delete(directory);
      return Promise.resolve();
    };
    return Promise.resolve({ release });
  }

  /** Every operation passes here, and only here things go wrong or time passes. */
  async begin(type: OperationType, path: string, position = 0, length = 0): Promise<void> {
    if (this.isCrashed) await NEVER;
    this.operations++;
    await this.hook({ number: this.operations, type, path, position, length });
    if (this.isCrashed) await NEVER;
  }

  /** Writes, and tears what the crash comes in between. */
  async write(file: SimFile, bytes: Uint8Array, position: number): Promise<void> {
    const { inode, path, mode } = file;
    const write = { inode, bytes, position };
    this.underWay.add(write);
    try {
      await this.begin('write', path, position, bytes.length);
    } catch (error) {
      if (error instanceof CodedError && error.code === 'io') inode.writeLost(bytes, position);
      throw error;
    } finally {
      if (!this.isCrashed) this.underWay.delete(write);
    }
    const growth = Math.max(0, position + bytes.length - inode.cached.length);
    if (growth > 0 && this.disk.used() + growth > this.disk.capacity) {
      throw new CodedError('no-space', `cannot write ${path}: the disk is full`);
    }
    inode.write(bytes, position);
    if (mode === 'durable') inode.syncRange(position, bytes.length);
  }

  private losePower(chance: () => number): void {
    const { disk } = this;
    for (const name of [...disk.names.keys(), ...disk.durableNames.keys()]) if (chance() < 0.5) this.settleName(name);
    disk.names = new Map(disk.durableNames);
    for (const inode of new Set(disk.names.values())) inode?.losePower(() => chance() < 0.5);
  }

  private settleName(name: string): void {
    const inode = this.disk.names.get(name);
    if (inode === undefined) this.disk.durableNames.delete(name);
    else this.disk.durableNames.set(name, inode);
  }

  private checkParent(path: string): void {
    this.checkDirectory(parentOf(path));
  }

  private checkDirectory(path: string): void {
    if (this.disk.names.get(path) !== null) throw new CodedError('not-found', `there is no directory ${path}`);
  }
}

class SimFile implements OpenFile {
  readonly path: string;
  readonly inode: MemoryInode;
  readonly mode: OpenMode;
  private readonly files: MemoryFiles;

  constructor(files: MemoryFiles, path: string, inode: MemoryInode, mode: OpenMode) {
    this.files = files;
    this.path = path;
    this.inode = inode;
    this.mode = mode;
  }

  size(): Promise<number> {
    return Promise.resolve(this.inode.cached.length);
  }

  async read(target: Uint8Array, position: number): Promise<number> {
    await this.files.begin('read', this.path, position, target.length);
    const found = this.inode.cached.subarray(position, position + target.length);
    target.set(found);
    return found.length;
  }

  write(source: Uint8Array, position: number): Promise<void> {
    return this.files.write(this, source, position);
  }

  async sync(): Promise<void> {
    await this.files.begin('sync', this.path);
    this.inode.sync();
  }

  async truncate(size: number): Promise<void> {
    await this.files.begin('truncate', this.path);
    this.inode.resize(size);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

const NEVER = new Promise<never>(() => undefined);

/** Killed: pages in order. Without power: any sectors. */
function tear(inode: MemoryInode, bytes: Uint8Array, position: number, kind: CrashKind, chance: () => number): void {
  const piece = kind === 'kill' ? 4096 : SECTOR;
  const pieces = Math.ceil(bytes.length / piece);
  const reached = Math.floor(chance() * (pieces + 1));
  for (let n = 0; n < pieces; n++) {
    if (kind === 'kill' ? n >= reached : chance() < 0.5) continue;
    const part = bytes.subarray(n * piece, (n + 1) * piece);
    inode.write(part, position + n * piece);
    if (kind === 'power') inode.syncRange(position + n * piece, part.length);
  }
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}
