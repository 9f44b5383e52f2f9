/**
 * What all examples begin with: the addresses that were typed, and an end in one line where there is nothing to show, since nobody
 * answers or a majority is missing. A service would say so and go on: the libraries connect again by themselves.
 */
import { relative } from 'node:path';

/** Those of the command line, or else those that `npm start` has. `most`: how many the example can use. */
export function addresses(usual, most = usual.length) {
  const typed = process.argv.slice(2);
  if (typed.length <= most && typed.every(isAddress)) return typed.length > 0 ? typed : usual;
  const program = relative(process.cwd(), process.argv[1]);
  console.error(`usage: node ${program} [host:port${most > 1 ? ' ...' : ''}]`);
  process.exit(2);
}

function isAddress(text) {
  const port = /^[\w.-]+:(\d{1,5})$/.exec(text)?.[1];
  return port >= 1 && port <= 65535;
}

const told = new Set();

/** Each line once: what cannot be reached is tried again many times. */
export function tell(error) {
  const line = error.message || error.code;
  if (!told.has(line)) console.error(line);
  told.add(line);
}

export function leave(error) {
  tell(error);
  process.exit(1);
}

// What nobody catches below, such as NOQUORUM.
process.on('uncaughtException', leave);
