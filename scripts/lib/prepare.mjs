/**
 * Brings a checkout to where it can run: the right Node, the locked packages, an up-to-date build. It uses nothing but Node
 * and npm, since on a fresh clone there is nothing else. It is silent when there is nothing to do, and says one line before
 * what takes a while or when something stands in the way; what is run afterwards is up to the scripts that call it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the checkout, without a slash at the end. */
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');

const oldestNode = [20, 19];
const outputs = ['.js', '.js.map', '.d.ts'];

/** The first line of `dist/daemon.js` where it is a bundle, not the compiler's. */
export const bundleMark = '// src/daemon.ts and all that it needs, put together by scripts/lib/bundle.mjs.';

/** What stands in the way of running, told in one line: the person at the keyboard can mend it. */
export class NotReady extends Error {
  name = 'NotReady';
}

/** Checks Node, installs when the lock asks for it, builds what is stale. Throws `NotReady`. */
export function prepare() {
  prepareTools();
  build();
}

/** As `prepare`, but leaves the build out: for scripts to which a failed build is one finding among others. */
export function prepareTools() {
  requireNode();
  if (!installed()) install();
}

/** Runs `work`; a `NotReady` becomes one line on stderr and the given exit code, any other error goes on. */
export async function reportingNotReady(work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof NotReady)) throw error;
    process.stderr.write(`synod: ${error.message}\n`);
    process.exitCode = 1;
  }
}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return;
  throw new NotReady(`Node ${oldestNode.join('.')} or newer is needed, this is ${process.versions.node}`);
}

/**
 * npm notes what it put into node_modules in a lock file of its own there, as its last step. Comparing the two finds an
 * install that is missing, old, broken off or without the development packages, also when it was done by hand.
 */
function installed() {
  const note = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(note)) return false;
  const present = JSON.parse(readFileSync(note, 'utf8')).packages;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    // The first entry is the project itself; packages for other platforms are rightly absent.
    if (path === '' || (present[path] === undefined && entry.optional)) return true;
    return present[path]?.version === entry.version;
  });
}

function install() {
  process.stderr.write('synod: installing the locked packages …\n');
  const npmCli = process.env.npm_execpath ?? '';
  const [command, before] = /npm-cli\.[cm]?js$/.test(npmCli) ? [process.execPath, [npmCli]] : ['npm', []];
  // No package needs its install script: native parts come as prebuilt optional packages.
  const options = ['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund'];
  const npm = spawnSync(command, [...before, ...options], { cwd: root, encoding: 'utf8' });
  if (npm.error) throw new NotReady(`npm could not be started (${npm.error.message})`);
  if (npm.status !== 0) throw new NotReady(`npm ci failed: ${reasonOf(npm)}; run \`npm ci\` to see all of it`);
}

function reasonOf(npm) {
  const lines = npm.stderr.split('\n').filter((line) => /^npm (error|ERR!) (?!A complete log)/.test(line));
  const told = lines.map((line) => line.replace(/^npm (error|ERR!)\s*/, '').trim()).filter((line) => line !== '');
  return told.slice(0, 2).join(', ') || `exit code ${npm.status ?? npm.signal}`;
}

/** Builds what is stale, deletes what has lost its source; the compiler's findings go to stderr. Throws `NotReady`. */
export function build() {
  if (isStale()) process.stderr.write('synod: building …\n');
  const missing = pruneAndCompare('src', 'dist') + pruneAndCompare('test', join('dist', 'test'));
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  // The compiler trusts its notes of what it wrote, so outputs that somebody deleted have to be asked for.
  const options = ['-b', join('test', 'tsconfig.json'), ...(missing > 0 ? ['--force'] : [])];
  const tsc = spawnSync(process.execPath, [compiler, ...options], { cwd: root, stdio: ['ignore', 2, 2] });
  if (tsc.error) throw new NotReady(`the compiler could not be started (${tsc.error.message})`);
  if (tsc.status !== 0) throw new NotReady('the build failed, see above');
  bundle();
}

function bundle() {
  if (isBundled()) return;
  const made = spawnSync(process.execPath, [join(root, 'scripts', 'lib', 'bundle.mjs')], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (made.status !== 0) throw new NotReady('dist/daemon.js could not be put together, see above');
}

/** Since the sources were compiled, packages installed, and the way of bundling changed. */
function isBundled() {
  const path = join(root, 'dist', 'daemon.js');
  if (!readFileSync(path, 'latin1').startsWith(bundleMark)) return false;
  const madeAt = statSync(path).mtimeMs;
  const parts = ['dist/src.tsbuildinfo', 'node_modules/.package-lock.json', 'scripts/lib/bundle.mjs'];
  return parts.every((part) => statSync(join(root, part)).mtimeMs <= madeAt);
}

/** A guess, good enough to warn of a wait: the compiler itself looks closer. */
function isStale() {
  return ['src', 'test'].some((part) => {
    const notes = join(root, 'dist', `${part}.tsbuildinfo`);
    if (!existsSync(notes)) return true;
    const builtAt = statSync(notes).mtimeMs;
    return filesUnder(join(root, part)).some((path) => statSync(join(root, part, path)).mtimeMs > builtAt);
  });
}

/** Deletes outputs whose source is gone, lest a deleted test go on passing. Returns how many sources have no output. */
function pruneAndCompare(from, to) {
  const sources = new Set(
    filesUnder(join(root, from))
      .filter((path) => path.endsWith('.ts'))
      .map((path) => path.slice(0, -'.ts'.length)),
  );
  const built = filesUnder(join(root, to)).filter((path) => to !== 'dist' || !/^test[\\/]/.test(path));
  const made = new Set();
  for (const path of built) {
    const ending = outputs.find((candidate) => path.endsWith(candidate));
    if (ending === undefined) continue;
    const stem = path.slice(0, -ending.length);
    if (!sources.has(stem)) rmSync(join(root, to, path));
    else if (ending === '.js') made.add(stem);
  }
  return sources.size - made.size;
}

function filesUnder(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}
