/**
 * The port through which everything durable reaches the disk. `disk.ts` implements it over Node; a simulator implements it in
 * memory and loses, tears and corrupts what was not made durable. Nothing here speaks of Node: bytes are Uint8Array, every
 * failure is a CodedError, and no operation calls back after its promise has settled.
 */

/**
 * How a file is opened. `read`: must exist, reads only. `durable`: must exist; a write is durable when its promise resolves.
 * `create`: made or emptied; writes are durable only after `sync`.
 */
export type OpenMode = 'read' | 'durable' | 'create';

/** An open file. Operations may overlap where their ranges do not; the buffers given belong to the call until it settles. */
export interface OpenFile {
  size(): Promise<number>;
  /** Fills `target` from its start with the bytes at `position`; resolves to how many there were (fewer only at the end). */
  read(target: Uint8Array, position: number): Promise<number>;
  /** Writes all of `source` at `position`, or rejects; what a rejected write left behind is unknown. */
  write(source: Uint8Array, position: number): Promise<void>;
  /** Makes contents and size durable. */
  sync(): Promise<void>;
  truncate(size: number): Promise<void>;
  close(): Promise<void>;
}

/** A file as whoever only reads it sees it. */
export type ReadFile = Pick<OpenFile, 'size' | 'read' | 'close'>;

/** Where files are opened for no more than that. */
export interface ReadFiles {
  open(path: string, mode: 'read'): Promise<ReadFile>;
}

/** A held lock. The system gives it back when the process dies, however it dies. */
export interface DirectoryLock {
  release(): Promise<void>;
}

/**
 * Codes of failure: `not-found`, `exists`, `no-space`, `not-permitted`, `locked`, `unsupported`, and `io` for everything else.
 * Paths use `/`. A new or changed name in a directory is durable only after `syncDirectory`.
 */
export interface Files {
  open(path: string, mode: OpenMode): Promise<OpenFile>;
  /** The whole of a small file; `io` when it is longer than `limit` bytes. */
  readSmall(path: string, limit: number): Promise<Uint8Array>;
  /** Makes or replaces a small file; its contents are durable when this resolves, its name is not yet. */
  writeSmall(path: string, bytes: Uint8Array): Promise<void>;
  /** Replaces `to` in one step if it exists. */
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** The names in a directory, sorted. */
  list(directory: string): Promise<readonly string[]>;
  /** Makes the directory and its missing parents, durably; no error when it is there. */
  makeDirectory(path: string): Promise<void>;
  syncDirectory(path: string): Promise<void>;
  /** Bytes that may still be written in the directory's file system. */
  freeBytes(directory: string): Promise<number>;
  /** Keeps every other process out of the directory; `locked` when one is in it already. */
  lock(directory: string): Promise<DirectoryLock>;
}
