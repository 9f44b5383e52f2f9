/**
 * `synod repl`: sends what is typed to a replica and shows the replies. At a terminal with history, completion, hints and
 * colours; in a pipe it prints the replies and nothing else, and ends with exit code 1 if one of them was an error.
 */

import pc from 'picocolors';
import { firstMistake } from './addresses.js';
import { PATIENCE } from './caller.js';
import { ColourScreen } from './colour-screen.js';
import { History } from './history.js';
import { converse } from './pipe.js';
import { PlainScreen } from './plain-screen.js';
import { Session } from './session.js';
import { Terminal } from './terminal.js';

const USAGE = `usage: synod repl [host:port …]

Talks to a cluster. The addresses are those of its replicas' client ports, localhost:9000 by
default. When one breaks, the next is used; what was being written is asked for again under
the same id, so that it is executed once.

At a terminal: Tab completes commands and keys, Ctrl-C stops what runs, .help tells more.
In a pipe: a command a line; ends with 1 if a reply was an error.

  printf 'PUT city Oslo\\nGET city\\n' | synod repl localhost:9000 localhost:9001

NO_COLOR=1 turns colours off. What was typed is kept in ~/.synod_history.
`;

/** Returns the exit code. `argv`: addresses of replicas' client ports. */
export async function run(argv: readonly string[]): Promise<number> {
  if (argv.includes('--help') || argv.includes('-h')) {
    process.stdout.write(USAGE);
    return 0;
  }
  const option = argv.find((text) => text.startsWith('-'));
  const mistake = option === undefined ? firstMistake(argv) : `unknown option ${option}`;
  if (mistake !== null) {
    process.stderr.write(`synod: ${mistake}; --help lists all\n`);
    return 2;
  }
  const addresses = argv.length === 0 ? ['localhost:9000'] : argv;
  return process.stdin.isTTY && process.stdout.isTTY ? atTerminal(addresses) : inPipe(addresses);
}

async function atTerminal(addresses: readonly string[]): Promise<number> {
  const history = new History((text) => process.stderr.write(`${text}\n`));
  const terminal = new Terminal({ input: process.stdin, output: process.stdout }, pc, history);
  await terminal.run(new Session(addresses, new ColourScreen(terminal, pc), PATIENCE));
  process.stdout.write('\n');
  return 0;
}

async function inPipe(addresses: readonly string[]): Promise<number> {
  // Who reads may have seen enough, as `head` does.
  process.stdout.on('error', () => process.exit(1));
  const screen = new PlainScreen(
    (bytes) => process.stdout.write(bytes),
    (text) => process.stderr.write(text),
  );
  return (await converse(process.stdin, new Session(addresses, screen, PATIENCE))) ? 1 : 0;
}
