/**
 * `--fresh`: deletes what replicas kept. It deletes a directory only if everything in it is what a replica puts there, and only
 * while nobody listens on that replica's port; anything else is left alone and told.
 */

import { readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';

/** What a replica's directory holds. */
const OURS: readonly RegExp[] = [/^identity(\.new)?$/, /^lock\.[0-9a-f]+(\.new)?$/, /^log$/, /^snapshots$/];
const WITHIN: Readonly<Record<string, RegExp>> = {
  log: /^\d+\.wal(\.new)?$/,
  snapshots: /^\d{16}\.snapshot(\.new|\.damaged|\.diverged|\.foreign|\.[0-9a-f]{64}\.incoming)?$/,
};

/** Why a directory must not be deleted, or undefined if it may; one that is not there or empty may. */
async function strangeness(directory: string): Promise<string | undefined> {
  for (const entry of await listing(directory)) {
    const known = OURS.some((pattern) => pattern.test(entry.name));
    const within = WITHIN[entry.name];
    if (!known || entry.isSymbolicLink() || entry.isDirectory() !== (within !== undefined)) {
      return `${join(directory, entry.name)} is not a replica's`;
    }
    if (within === undefined) continue;
    for (const inner of await listing(join(directory, entry.name))) {
      if (!inner.isFile() || !within.test(inner.name)) {
        return `${join(directory, entry.name, inner.name)} is not a replica's`;
      }
    }
  }
  return undefined;
}

/** Deletes all of them or, if anything speaks against one, none; then it returns what, in one sentence. */
export async function wipe(
  replicas: readonly { readonly dataDirectory: string; readonly port: number }[],
  host: string,
): Promise<string | undefined> {
  for (const { dataDirectory, port } of replicas) {
    if ((await listing(dataDirectory)).length === 0) continue;
    if (!(await portIsFree(host, port))) return `port ${port} is in use, so ${dataDirectory} may be too`;
    const strange = await strangeness(dataDirectory);
    if (strange !== undefined) return `${strange}, so nothing is deleted`;
  }
  for (const { dataDirectory } of replicas) await rm(dataDirectory, { recursive: true, force: true });
  return undefined;
}

async function listing(directory: string) {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

function portIsFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host, port }, () => server.close(() => resolve(true)));
  });
}
