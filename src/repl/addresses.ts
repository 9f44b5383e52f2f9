/** Where replicas serve clients, as people give it and as a cluster tells it. */

import type { Reply } from '../wire/reply.js';

const MAX_PORT = 65_535;

/** What is wrong with an address that somebody typed, null when nothing is. */
function mistakeIn(text: string): string | null {
  const digits = /^.+:(\d+)$/.exec(text)?.[1];
  if (digits === undefined) return `'${text}' is not host:port`;
  const port = Number(digits);
  return port >= 1 && port <= MAX_PORT ? null : `port ${digits} of '${text}' is not between 1 and ${MAX_PORT}`;
}

/** Of several; null when there is none. */
export function firstMistake(addresses: readonly string[]): string | null {
  for (const text of addresses) {
    const mistake = mistakeIn(text);
    if (mistake !== null) return mistake;
  }
  return null;
}

/** The addresses in a reply to STATUS JSON; what replicas have not told of each other yet is missing. */
export function addressesIn(status: Reply): readonly string[] {
  const found = new Set<string>();
  if (status.type === 'text') {
    JSON.parse(status.text, (key, value: unknown) => {
      if (key === 'clientAddress' && typeof value === 'string' && mistakeIn(value) === null) found.add(value);
      return value;
    });
  }
  return [...found];
}
