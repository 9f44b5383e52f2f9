/**
 * The version of this program, as its package says it.
 */

import { existsSync, readFileSync } from 'node:fs';

export const VERSION = readVersion();

function readVersion(): string {
  const path = manifestAbove(import.meta.url);
  const manifest: unknown = path === null ? null : JSON.parse(readFileSync(path, 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : '';
}

/** Of the package that a module belongs to, however deep in it: in the bundle that is dist/daemon.js it stands elsewhere. */
function manifestAbove(module: string): URL | null {
  const folder = new URL('.', module);
  const manifest = new URL('package.json', folder);
  const above = new URL('..', folder);
  if (existsSync(manifest)) return manifest;
  return above.href === folder.href ? null : manifestAbove(above.href);
}
