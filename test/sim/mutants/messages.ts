/** Planted bugs in how messages are written, read, held back and sent. */

import type { Mutant } from './mutant.js';

export const MESSAGES: readonly Mutant[] = [
  {
    name: 'sent-without-waiting',
    breaks: 'messages leave although they wait for the disk',
    file: 'node/outbox.js',
    find: 'add(send, durable) {',
    replace: 'add(send, durable) {\n        durable = Number.MAX_VALUE;',
    wishes: { profile: 'crashes' },
  },
  {
    name: 'chosen-one-too-many',
    breaks: 'an Accept tells one slot more as chosen than is',
    file: 'wire/data-messages.js',
    find: 'proposals, message.chosenUpTo];',
    replace: 'proposals, message.chosenUpTo + 1];',
    wishes: { profile: 'calm' },
  },
  {
    name: 'decided-one-too-many',
    breaks: 'Values tell one slot more as decided than is',
    file: 'wire/data-messages.js',
    find: 'message.first, message.decidedUpTo, ',
    replace: 'message.first, message.decidedUpTo + 1, ',
    wishes: { profile: 'successions' },
  },
  {
    name: 'promise-reports-less',
    breaks: 'a Promise leaves the highest ballot out of its report',
    file: 'wire/pulse-messages.js',
    find: 'const runs = message.runs.map(',
    replace: 'const runs = message.runs.slice(0, -1).map(',
    wishes: { profile: 'successions' },
  },
  {
    name: 'stale-part-of-a-frame',
    breaks: 'a frame that comes in pieces may hold bytes of another',
    file: 'wire/frame.js',
    find: 'this.#body.set(bytes.subarray(from, to), this.#filled);',
    replace: 'this.#body.set(bytes.subarray(from, to), Math.max(0, this.#filled - 1));',
    wishes: { profile: 'network' },
  },
];
