/** What the figures of a report were measured on. */
import { spawnSync } from 'node:child_process';
import { cpus, release, totalmem, type } from 'node:os';
import { fileURLToPath } from 'node:url';
import { markdownTable } from './markdown.js';

export function machineTable(commandLine: string): string {
  const all = cpus();
  const rows = [
    ['processor', all[0]?.model.trim() || 'not told'],
    ['cores', String(all.length)],
    ['memory', `${(totalmem() / 2 ** 30).toFixed(1)} GiB`],
    ['kernel', `${type()} ${release()}`],
    ['Node', process.version],
    ['command', `\`${commandLine}\``],
  ];
  return markdownTable(['', ''], rows);
}

/** When something was measured, and of which state of the program, where that is known. */
export function stamp(): string {
  const cwd = fileURLToPath(new URL('.', import.meta.url));
  const { status, stdout } = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { cwd, encoding: 'utf8' });
  const day = new Date().toISOString().slice(0, 10);
  return status === 0 ? `${day}, commit ${stdout.trim()}` : day;
}
