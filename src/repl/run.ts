/**
 * `synod repl`: sends what is typed to a replica and shows the replies. At a terminal with history, completion and colours; in
 * a pipe it prints the replies and nothing else, and ends with exit code 1 if one of them was an error.
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pc from 'picocolors';
import { messageOf } from '../base/errors.js';
import { Link, ReplyLost } from './link.js';

const COMMANDS = 'GET PUT DELETE EXISTS DBSIZE STATUS WHO DRAIN READONLY READWRITE PING ECHO HELP QUIT'.split(' ');
const USAGE = 'usage: synod repl [host:port …]   (default localhost:9000; when one breaks, the next is used)\n';
const HISTORY = join(homedir(), '.synod_history');

/** Returns the exit code. `argv`: addresses of replicas' client ports. */
export async function run(argv: readonly string[]): Promise<number> {
  const wrong = argv.find((text) => !/^.+:\d{1,5}$/.test(text));
  if (wrong !== undefined) {
    process.stderr.write(`${wrong === '--help' ? '' : `synod: '${wrong}' is not host:port\n`}${USAGE}`);
    return wrong === '--help' ? 0 : 2;
  }
  const link = new Link(argv.length === 0 ? ['localhost:9000'] : argv, (to) => {
    process.stderr.write(pc.dim(`(now at ${to})\n`));
  });
  const code = await converse(link, process.stdin.isTTY === true);
  link.close();
  return code;
}

async function converse(link: Link, terminal: boolean): Promise<number> {
  const matching = (line: string) => COMMANDS.filter((name) => name.startsWith(line.toUpperCase()));
  const completer = (line: string): [string[], string] => [matching(line), line];
  const editing = { output: process.stdout, prompt: pc.bold('synod> '), completer, history: readHistory() };
  // Bytes from a pipe go through as they are; a terminal's are UTF-8, for editing.
  if (!terminal) process.stdin.setEncoding('latin1');
  const lines = createInterface({ input: process.stdin, ...(terminal ? editing : {}) });
  lines.on('history', (newestFirst) => writeFileSync(HISTORY, newestFirst.join('\n'), { mode: 0o600 }));
  let failed = false;
  if (terminal) lines.prompt();
  for await (const line of lines) {
    if (/^\s*(QUIT|EXIT)\s*$/i.test(line)) break;
    if (line.trim() !== '' && !(await answer(link, Buffer.from(line, terminal ? 'utf8' : 'latin1')))) failed = true;
    if (terminal) lines.prompt();
  }
  lines.close();
  return failed && !terminal ? 1 : 0;
}

/** Sends one request and shows the reply. False if it was an error or did not come. */
async function answer(link: Link, request: Buffer): Promise<boolean> {
  if (/^\s*BACKUP\s*$/i.test(request.toString('latin1'))) {
    process.stderr.write('a backup is no text to show; use: synod backup FILE --from host:port\n');
    return false;
  }
  try {
    const reply = await link.request(request);
    const failed = reply.some((line) => line.startsWith('ERROR '));
    const paint = failed ? pc.red : reply[0] === '(nil)' ? pc.dim : String;
    for (const line of reply) process.stdout.write(`${paint(line)}\n`, 'latin1');
    return !failed;
  } catch (error) {
    const unsure = error instanceof ReplyLost ? ' before the reply: it may or may not have been executed' : '';
    process.stderr.write(pc.red(`${messageOf(error)}${unsure}\n`));
    return false;
  }
}

/** Newest first, as readline has it. */
const readHistory = (): string[] =>
  existsSync(HISTORY) ? readFileSync(HISTORY, 'utf8').split('\n').filter(Boolean) : [];
