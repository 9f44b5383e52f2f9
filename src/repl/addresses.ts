/** Where replicas serve clients, as people give it and as a cluster tells it. */

import type { Reply } from '../wire/reply.js';

export function isAddress(text: string): boolean {
  return /^.+:\d{1,5}$/.test(text);
}

/** The addresses in a reply to STATUS JSON; what replicas have not told of each other yet is missing. */
export function addressesIn(status: Reply): readonly string[] {
  const found = new Set<string>();
  if (status.type === 'text') {
    JSON.parse(status.text, (key, value: unknown) => {
      if (key === 'clientAddress' && typeof value === 'string' && isAddress(value)) found.add(value);
      return value;
    });
  }
  return [...found];
}
