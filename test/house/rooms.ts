/**
 * The floor plan: which rooms the house has, what each may import and what it may touch of the machine. ARCHITECTURE.md
 * tells why; this is the table that the rules check, and the one place to change when a room is added.
 */

export interface Room {
  readonly name: string;
  /** Where its files are: a path that begins so belongs to the first room in the list that fits. */
  readonly prefix: string;
  /** The rooms it may import besides itself. */
  readonly imports: readonly string[];
  /** Files of the rest of the house that it may import although their room is closed to it. */
  readonly alsoImports?: readonly string[];
  /** May import `node:*`, look at clocks, throw dice, set timers and use `process`. */
  readonly touchesMachine?: true;
  /** Packages it may import: all by default. */
  readonly packages?: 'none' | 'no-host-packages';
}

/** The core and what is below it know nothing that was not written here. */
const bottom = ['base', 'paxos'];
const upToStore = [...bottom, 'wire', 'kv', 'store'];
const everyRoom = [...upToStore, 'node', 'host', 'repl', 'cluster'];

export const rooms: readonly Room[] = [
  { name: 'base', prefix: 'src/base/', imports: [], packages: 'none' },
  { name: 'paxos', prefix: 'src/paxos/', imports: ['base'], packages: 'none' },
  { name: 'wire', prefix: 'src/wire/', imports: bottom, packages: 'no-host-packages' },
  { name: 'kv', prefix: 'src/kv/', imports: [...bottom, 'wire'], packages: 'no-host-packages' },
  { name: 'store', prefix: 'src/store/', imports: [...bottom, 'wire', 'kv'], packages: 'no-host-packages' },
  { name: 'host', prefix: 'src/node/host/', imports: [...upToStore, 'node'], touchesMachine: true },
  // Not `host`: the simulator runs everything else of the replica over ports of its own.
  { name: 'node', prefix: 'src/node/', imports: upToStore, packages: 'no-host-packages' },
  { name: 'repl', prefix: 'src/repl/', imports: ['base', 'wire', 'kv'], touchesMachine: true },
  {
    name: 'cluster',
    prefix: 'src/cluster/',
    imports: ['base'],
    // The launcher takes the daemon's options and hands them on, so it reads them as the daemon does.
    alsoImports: ['addresses', 'config-file', 'option-table', 'usage-error'].map((file) => `src/node/host/${file}.ts`),
    touchesMachine: true,
  },
  { name: 'daemon', prefix: 'src/daemon.ts', imports: everyRoom, touchesMachine: true },
  { name: 'synod', prefix: 'src/synod.ts', imports: [...everyRoom, 'daemon'], touchesMachine: true },
];

/** Packages that act on the process or the terminal: for the rooms that touch the machine. */
export const hostPackages: readonly string[] = ['pino', 'yargs', 'picocolors'];

/** Parts of Node that a file may import although its room may not touch the machine. */
export const machineExceptions: readonly { readonly files: RegExp; readonly modules: RegExp }[] = [
  { files: /^src\/(kv|store)\//, modules: /^node:zlib$/ },
  // Digests, and no dice.
  { files: /^src\/store\/(identity|restore|snapshot-reader|snapshot-writer)\.ts$/, modules: /^node:crypto$/ },
  { files: /^src\/store\/disk\.ts$/, modules: /^node:/ },
];

/** Where `node:fs` may be imported: below the host, the disk is one file's business. */
export const fileSystemUsers = /^src\/(store\/disk\.ts|node\/host\/|repl\/|cluster\/|daemon\.ts|synod\.ts)/;

export function roomOf(path: string): Room | undefined {
  return rooms.find((room) => path.startsWith(room.prefix));
}
