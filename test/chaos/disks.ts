/**
 * A disk for each replica that can be filled up and can die: a small ext4 file system in a file on the real disk. A death fails
 * everything with EIO from one moment on and loses what was not synced, as a power cut does. Where no file may be mounted, a
 * tmpfs of limited size takes its place, which can only be filled up.
 */
import { mkdir, open, rm, rmdir, statfs, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { must } from '#src/base/assert.js';
import { messageOf } from '#src/base/errors.js';
import { until } from '../cluster/until.js';
import { command } from './command.js';
import { Undo } from './undo.js';

/** Sparse: takes what is written to it. */
const diskBytes = 1024 ** 3;
/** What is left over is less than any file of the replica needs. */
const smallestPiece = 64 * 1024;
/** EXT4_IOC_SHUTDOWN without a last flush of the journal. Without Perl, mount can abort the file system: EROFS then, not EIO. */
const shutDown = 'open(D,"<",$ARGV[0]) or die; my $how=pack("L",2); ioctl(D,0x8004587D,$how) or die "ioctl: $!"';

interface Disk {
  readonly directory: string;
  /** Undefined for a tmpfs. */
  readonly image: string | undefined;
  readonly ballast: string[];
}

export class Disks {
  readonly how: string;
  readonly canDie: boolean;
  readonly #disks: readonly Disk[];
  readonly #undo: Undo;

  private constructor(how: string, disks: readonly Disk[], undo: Undo) {
    this.how = how;
    this.canDie = disks.every(({ image }) => image !== undefined);
    this.#disks = disks;
    this.#undo = undo;
  }

  /** Mounts one on each of the directories, which it makes; images lie beside them. Or why not. */
  static async make(directories: readonly string[]): Promise<Disks | string> {
    if (process.getuid?.() !== 0) return 'only root may mount a file system';
    for (const [how, mount] of [
      ['ext4 in a file', mountImage],
      ['tmpfs', mountMemory],
    ] as const) {
      const undo = new Undo();
      try {
        const disks: Disk[] = [];
        for (const directory of directories) disks.push(await mount(directory, undo));
        return new Disks(how, disks, undo);
      } catch (error) {
        undo.run();
        if (mount === mountMemory) return messageOf(error);
      }
    }
    return 'nothing can be mounted';
  }

  /** Takes all the room there is. */
  async fill(i: number): Promise<void> {
    const disk = this.#disk(i);
    const { bavail, bsize } = await statfs(disk.directory);
    for (let piece = bavail * bsize; piece >= smallestPiece; ) {
      const path = join(disk.directory, `ballast.${disk.ballast.length}`);
      disk.ballast.push(path);
      const fitted = await command('fallocate', '-l', String(piece), path).then(
        () => true,
        () => false,
      );
      if (!fitted) piece = Math.floor(piece / 2);
    }
  }

  async empty(i: number): Promise<void> {
    const { ballast, directory } = this.#disk(i);
    await Promise.all(ballast.splice(0).map((path) => rm(path, { force: true })));
    // Lest the disk be full again after its next death.
    const handle = await open(directory);
    await handle.sync();
    await handle.close();
  }

  async die(i: number): Promise<void> {
    const { directory } = this.#disk(i);
    await command('perl', '-e', shutDown, directory).catch(() => command('mount', '-o', 'remount,abort', directory));
  }

  /** Nobody may use it. What was synced before its death is there again. */
  async revive(i: number): Promise<void> {
    const { directory, image } = this.#disk(i);
    await until(`${directory} to be free`, () => command('umount', directory).then(() => true));
    await command('mount', '-o', 'loop', must(image, 'a disk that can die'), directory);
  }

  dispose(): void {
    this.#undo.run();
  }

  #disk(i: number): Disk {
    return must(this.#disks[i], `the disk of replica ${i}`);
  }
}

async function mountImage(directory: string, undo: Undo): Promise<Disk> {
  const image = `${directory}.ext4`;
  await mkdir(directory, { recursive: true });
  await writeFile(image, '');
  await truncate(image, diskBytes);
  await command('mkfs.ext4', '-q', '-F', '-m', '0', image);
  await command('mount', '-o', 'loop', image, directory);
  // Lazily: a process that was killed a moment ago may still be on its way out.
  undo.addCommand('umount', '-l', directory);
  await rmdir(join(directory, 'lost+found'));
  return { directory, image, ballast: [] };
}

async function mountMemory(directory: string, undo: Undo): Promise<Disk> {
  await mkdir(directory, { recursive: true });
  await command('mount', '-t', 'tmpfs', '-o', `size=${diskBytes}`, 'synod-chaos', directory);
  undo.addCommand('umount', '-l', directory);
  return { directory, image: undefined, ballast: [] };
}
