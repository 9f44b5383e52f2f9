/**
 * Where the data of a run goes: on a real disk, since what a killed process leaves in memory says nothing about a store that
 * promises to keep things. The directory for temporary files where it is on one, else the checkout's own.
 */
import { mkdir, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';

export interface RealDisk {
  readonly directory: string;
  /** Of the file system, as far as it is known. */
  readonly kind: string;
  readonly isMemory: boolean;
}

/** By the number that the system gives them (Linux). */
const kinds: ReadonlyMap<number, string> = new Map([
  [0xef53, 'ext4'],
  [0x58465342, 'xfs'],
  [0x9123683e, 'btrfs'],
  [0x2fc12fc1, 'zfs'],
  [0x794c7630, 'overlay'],
  [0x01021994, 'tmpfs'],
  [0x858458f6, 'ramfs'],
]);

const inMemory = ['tmpfs', 'ramfs'];

/** `given`: what the user wants, whatever it is. */
export async function realDisk(given: string | undefined): Promise<RealDisk> {
  if (given !== undefined) return diskAt(given);
  const temporary = await diskAt(tmpdir());
  if (!temporary.isMemory) return temporary;
  return diskAt(fileURLToPath(new URL('../../../data', import.meta.url)));
}

async function diskAt(directory: string): Promise<RealDisk> {
  await mkdir(directory, { recursive: true });
  const { type } = await statfs(directory);
  const kind = kinds.get(type) ?? `file system 0x${type.toString(16)}`;
  return { directory, kind, isMemory: inMemory.includes(kind) };
}
