/**
 * The port `Files` over Node: the only file below the host that touches the machine. Writes of an open `durable` file go
 * through O_DSYNC, so that one system call both writes and makes durable; failures become CodedErrors that name the path.
 *
 * The lock of a directory is a listening unix socket inside it. The kernel closes it however its process dies, so there is
 * no stale lock; it needs no native module, and unlike an abstract socket it also holds between containers that share the
 * directory but not the network. Sockets are numbered `lock.1`, `lock.2` …: whoever finds the highest one dead links its
 * own, already listening, under the next number; link(2) lets one succeed, and the highest name is never removed before
 * there is a higher one, so that nobody can take a live lock for a stale one. Hosts that share a directory over a network
 * are not kept apart.
 */

import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { platform } from 'node:os';
import { dirname, resolve } from 'node:path';
import { promisify } from 'node:util';
import { CodedError } from '../base/errors.js';
import type { DirectoryLock, Files, OpenFile, OpenMode } from './files.js';

const { O_CREAT, O_DSYNC, O_RDONLY, O_RDWR, O_TRUNC } = fs.constants;
const onLinux = platform() === 'linux';

/** Elsewhere O_DSYNC is missing or does not reach the platter; there every write is followed by an fdatasync. */
const DURABLE = onLinux ? O_RDWR | O_DSYNC : O_RDWR;
const FLAGS: Readonly<Record<OpenMode, number>> = {
  read: O_RDONLY,
  durable: DURABLE,
  create: O_RDWR | O_CREAT | O_TRUNC,
};

const openFd = promisify(fs.open);
const closeFd = promisify(fs.close);
const fstat = promisify(fs.fstat);
const fsync = promisify(fs.fsync);
const fdatasync = promisify(fs.fdatasync);
const ftruncate = promisify(fs.ftruncate);

const CODES: Readonly<Record<string, string>> = {
  ENOENT: 'not-found',
  ENOTDIR: 'not-found',
  EEXIST: 'exists',
  ENOSPC: 'no-space',
  EDQUOT: 'no-space',
  EACCES: 'not-permitted',
  EPERM: 'not-permitted',
  EROFS: 'not-permitted',
};

/** Socket addresses hold little more than this; on Linux a longer directory is named through its descriptor. */
const LONGEST_SOCKET_PATH = 100;
const LONGEST_WAY = LONGEST_SOCKET_PATH - '/lock.0123456789abcdef.new'.length;

/** Only starts at the same instant make a second try necessary. */
const LOCK_TRIES = 20;

export class Disk implements Files {
  async open(path: string, mode: OpenMode): Promise<OpenFile> {
    const fd = await told('open', path, openFd(path, FLAGS[mode], 0o644));
    return new DiskFile(path, fd, mode === 'durable' && !onLinux);
  }

  async readSmall(path: string, limit: number): Promise<Uint8Array> {
    const file = await this.open(path, 'read');
    try {
      const size = await file.size();
      if (size > limit) throw new CodedError('io', `cannot read ${path}: it has ${size} bytes, more than ${limit}`);
      const bytes = new Uint8Array(size);
      return bytes.subarray(0, await file.read(bytes, 0));
    } finally {
      await file.close();
    }
  }

  async writeSmall(path: string, bytes: Uint8Array): Promise<void> {
    const file = await this.open(path, 'create');
    try {
      await file.write(bytes, 0);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  async rename(from: string, to: string): Promise<void> {
    await told('rename', from, fs.promises.rename(from, to));
  }

  async unlink(path: string): Promise<void> {
    await told('remove', path, fs.promises.unlink(path));
  }

  async list(directory: string): Promise<readonly string[]> {
    const names = await told('list', directory, fs.promises.readdir(directory));
    return names.sort();
  }

  /** One by one: Node's own making of parents never ends where the system denies that there is what it has just been told of. */
  async makeDirectory(path: string): Promise<void> {
    const missing: string[] = [];
    for (let at = resolve(path); !(await isDirectory(path, at)); at = dirname(at)) missing.push(at);
    if (missing.length === 0) await this.syncParent(resolve(path));
    for (const each of missing.reverse()) {
      try {
        await fs.promises.mkdir(each);
      } catch (error) {
        // Another process may have been faster; whose directory it is, the lock decides.
        if (errnoOf(error) !== 'EEXIST') throw unmakeable(each, error);
      }
      await this.syncDirectory(dirname(each));
    }
  }

  async syncDirectory(path: string): Promise<void> {
    const fd = await told('open', path, openFd(path, O_RDONLY));
    try {
      await told('sync', path, fsync(fd));
    } finally {
      await closeFd(fd);
    }
  }

  /** Of a directory that an earlier process may have made just before it died; not if it is kept by somebody else. */
  private async syncParent(path: string): Promise<void> {
    try {
      await this.syncDirectory(dirname(path));
    } catch (error) {
      if (!(error instanceof CodedError) || error.code !== 'not-permitted') throw error;
    }
  }

  async freeBytes(directory: string): Promise<number> {
    const { bavail, bsize } = await told('ask for room in', directory, fs.promises.statfs(directory));
    return bavail * bsize;
  }

  /** Whether another process has the directory's lock just now; null where this user may not know. */
  async isLocked(directory: string): Promise<boolean | null> {
    const highest = Math.max(0, ...(await lockNumbers(directory)));
    if (highest === 0) return false;
    const errno = await byShortWay(directory, (way) => errnoOfConnecting(`${way}/lock.${highest}`));
    return ['EACCES', 'EPERM'].includes(errno) ? null : !isRefusal(errno);
  }

  async lock(directory: string): Promise<DirectoryLock> {
    return byShortWay(directory, (way) => lockThrough(directory, way));
  }
}

class DiskFile implements OpenFile {
  private readonly path: string;
  private readonly fd: number;
  private readonly syncsEachWrite: boolean;

  constructor(path: string, fd: number, syncsEachWrite: boolean) {
    this.path = path;
    this.fd = fd;
    this.syncsEachWrite = syncsEachWrite;
  }

  async size(): Promise<number> {
    return (await told('look at', this.path, fstat(this.fd))).size;
  }

  async read(target: Uint8Array, position: number): Promise<number> {
    let done = 0;
    while (done < target.length) {
      const count = await transfer(this.path, fs.read, this.fd, target, done, position + done);
      if (count === 0) break;
      done += count;
    }
    return done;
  }

  async write(source: Uint8Array, position: number): Promise<void> {
    let done = 0;
    while (done < source.length) done += await transfer(this.path, fs.write, this.fd, source, done, position + done);
    if (this.syncsEachWrite) await told('sync', this.path, fdatasync(this.fd));
  }

  async sync(): Promise<void> {
    await told('sync', this.path, fsync(this.fd));
  }

  async truncate(size: number): Promise<void> {
    await told('truncate', this.path, ftruncate(this.fd, size));
  }

  async close(): Promise<void> {
    await told('close', this.path, closeFd(this.fd));
  }
}

/** `fs.read` and `fs.write` alike. Not through `promisify`, whose result is one more object per call on the hot path. */
type Transfer = (
  fd: number,
  bytes: Uint8Array,
  offset: number,
  length: number,
  position: number,
  done: (error: NodeJS.ErrnoException | null, count: number) => void,
) => void;

function transfer(
  path: string,
  how: Transfer,
  fd: number,
  bytes: Uint8Array,
  offset: number,
  at: number,
): Promise<number> {
  return new Promise((settle, reject) => {
    how(fd, bytes, offset, bytes.length - offset, at, (error, count) => {
      if (error === null) settle(count);
      else reject(coded(how === fs.read ? 'read' : 'write', path, error));
    });
  });
}

/** `path` is what is to be made, for the message. */
async function isDirectory(path: string, at: string): Promise<boolean> {
  try {
    if ((await fs.promises.stat(at)).isDirectory()) return true;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errnoOf(error))) return false;
    throw coded('make', path, error);
  }
  const whose = at === resolve(path) ? 'it' : at;
  const message = `cannot make the directory ${path}: ${whose} is there already, and is no directory`;
  throw new CodedError('exists', message, { path });
}

function unmakeable(path: string, error: unknown): CodedError {
  // All of its parents were there a moment ago.
  if (errnoOf(error) !== 'ENOENT') return coded('make', path, error);
  const message = `cannot make ${path}: no directory can be made in ${dirname(path)}`;
  return new CodedError('unsupported', message, { path }, error);
}

async function told<Result>(verb: string, path: string, result: Promise<Result>): Promise<Result> {
  try {
    return await result;
  } catch (error) {
    throw coded(verb, path, error);
  }
}

function coded(verb: string, path: string, error: unknown): CodedError {
  const errno = errnoOf(error);
  const reason = REASONS[errno] ?? (error instanceof Error ? error.message : String(error));
  return new CodedError(CODES[errno] ?? 'io', `cannot ${verb} ${path}: ${reason}`, { path, errno }, error);
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or directory',
  ENOTDIR: 'a part of the path is not a directory',
  EEXIST: 'it exists already',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
  EIO: 'the disk reports an error (EIO)',
};

function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** `way` leads to the directory in few enough characters for a socket address. */
async function lockThrough(directory: string, way: string): Promise<DirectoryLock> {
  const own = `lock.${randomBytes(8).toString('hex')}.new`;
  const server = await listenAt(directory, `${way}/${own}`);
  try {
    for (let tries = 0; tries < LOCK_TRIES; tries++) {
      if (await takeNext(directory, way, own)) return { release: () => closed(server) };
    }
  } catch (error) {
    await closed(server);
    throw error;
  }
  await closed(server);
  throw lockedBy(directory);
}

/** One try: false when somebody else was faster and it has to be looked at again. */
async function takeNext(directory: string, way: string, own: string): Promise<boolean> {
  const highest = Math.max(0, ...(await lockNumbers(directory)));
  if (highest > 0 && (await isAlive(`${way}/lock.${highest}`))) throw lockedBy(directory);
  const mine = highest + 1;
  try {
    await fs.promises.link(`${directory}/${own}`, `${directory}/lock.${mine}`);
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw coded('lock', directory, error);
  }
  // A slow starter may have linked a number that was used and removed again: the highest one counts.
  const numbers = await lockNumbers(directory);
  const outdone = numbers.some((number) => number > mine);
  const old = outdone ? [mine] : numbers.filter((number) => number < mine);
  for (const number of old) await unlinkIfThere(`${directory}/lock.${number}`);
  if (!outdone) await removeAbandoned(directory, way, own);
  return !outdone;
}

/** Starters that died on the way, and my own first name. */
async function removeAbandoned(directory: string, way: string, own: string): Promise<void> {
  for (const name of await fs.promises.readdir(directory)) {
    if (!/^lock\.[0-9a-f]+\.new$/.test(name)) continue;
    if (name === own || !(await isAlive(`${way}/${name}`))) await unlinkIfThere(`${directory}/${name}`);
  }
}

async function lockNumbers(directory: string): Promise<number[]> {
  const names = await told('list', directory, fs.promises.readdir(directory));
  return names.filter((name) => /^lock\.\d{1,15}$/.test(name)).map((name) => Number(name.slice('lock.'.length)));
}

async function unlinkIfThere(path: string): Promise<void> {
  try {
    await fs.promises.unlink(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw coded('remove', path, error);
  }
}

/**
 * Hands over a path that sockets can have, as long as it lasts: where the directory's own is too long, one through this
 * process.
 */
async function byShortWay<T>(directory: string, act: (way: string) => Promise<T>): Promise<T> {
  if (directory.length <= LONGEST_WAY || !onLinux) return act(directory);
  const fd = await told('open', directory, openFd(directory, O_RDONLY));
  try {
    return await act(`/proc/self/fd/${fd}`);
  } finally {
    await closeFd(fd);
  }
}

/** Anything but a clear refusal counts as alive: the lock of another user, or one too busy to answer. */
async function isAlive(path: string): Promise<boolean> {
  return !isRefusal(await errnoOfConnecting(path));
}

function isRefusal(errno: string): boolean {
  return ['ECONNREFUSED', 'ENOENT'].includes(errno);
}

/** '' where somebody answers. */
function errnoOfConnecting(path: string): Promise<string> {
  return new Promise((settle) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      settle('');
    });
    socket.once('error', (error) => settle(errnoOf(error)));
  });
}

function listenAt(directory: string, path: string): Promise<Server> {
  if (path.length > LONGEST_SOCKET_PATH) {
    return Promise.reject(new CodedError('unsupported', `cannot lock ${directory}: its path is too long for a socket`));
  }
  return new Promise((settle, reject) => {
    const server = createServer((socket) => socket.destroy());
    // Stays: later errors are those of a stranger who could not be accepted.
    server.on('error', (error) => reject(unlockable(directory, error)));
    server.listen(path, () => {
      server.unref();
      settle(server);
    });
  });
}

function unlockable(directory: string, error: Error): CodedError {
  const code = CODES[errnoOf(error)];
  if (code !== undefined) return coded('lock', directory, error);
  const why = 'its file system does not support unix sockets; use a local one';
  return new CodedError('unsupported', `cannot lock ${directory}: ${why}`, { path: directory }, error);
}

function lockedBy(directory: string): CodedError {
  return new CodedError('locked', `${directory} is in use by another process`, { path: directory });
}

function closed(server: Server): Promise<void> {
  return new Promise((settle) => {
    server.close(() => settle());
  });
}
