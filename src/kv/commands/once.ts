/** ONCE, before a write: it is executed once, however often its client asks for it under the same id. */

import type { OnceCommand } from '../command.js';

export const ONCE: OnceCommand = {
  kind: 'once',
  name: 'ONCE',
  aliases: [],
  minWords: 3,
  maxWords: Number.POSITIVE_INFINITY,
  usage: 'ONCE id command ...',
  summary: 'a write; asked for again within 10 minutes, it is answered as before',
  group: 'transactions',
};
