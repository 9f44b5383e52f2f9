/**
 * The version of this program, as its package says it.
 */

import { existsSync, readFileSync } from 'node:fs';

export const VERSION = readVersion();

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(manifestAbove(import.meta.url), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : '';
}

/** Of the package that a module belongs to, however deep in it: in the bundle that is dist/daemon.js it stands elsewhere. */
function manifestAbove(module: string): URL {
  const folder = new URL('.', module);
  const manifest = new URL('package.json', folder);
  const above = new URL('..', folder);
  // At the root of the file system reading fails, and says which file is missing.
  return existsSync(manifest) || above.href === folder.href ? manifest : manifestAbove(above.href);
}
