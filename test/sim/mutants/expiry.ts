/** Planted bugs in how keys go by themselves: whose time it is, which deadlines are known, and who brings the time. */

import type { Mutant } from './mutant.js';

export const EXPIRY: readonly Mutant[] = [
  {
    name: 'expiry-by-local-clock',
    breaks: "a replica takes keys by its own clock instead of the log's",
    file: 'node/origin/origin.js',
    find: 'this.#machine.apply(decided, this.#session, this.#gather);',
    replace:
      "const { value } = decided; this.#machine.apply(value.type === 'batch' ? { ...decided, value: { ...value, stamp: Math.floor(this.#clock.wall()) } } : decided, this.#session, this.#gather);",
    wishes: { profile: 'calm' },
  },
  {
    name: 'deadlines-left-out',
    breaks: 'a state out of a snapshot does not know what is to go',
    file: 'kv/table-contents.js',
    find: 'if (deadline !== 0)',
    replace: 'if (deadline < 0)',
    wishes: { profile: 'snapshots' },
  },
  {
    name: 'deadline-outlives-a-put',
    breaks: 'a key that was put again goes at its old deadline',
    file: 'kv/table.js',
    find: 'if (this.#records.deadlineOf(id) !== deadline)',
    replace: 'if (deadline !== 0)',
    wishes: { profile: 'calm' },
  },
  {
    name: 'time-below-adopted',
    breaks: "a leader's time begins behind what is decided, not behind what it adopts",
    file: 'paxos/leadership.js',
    find: 'lastStamp(adopted, learner.lastStamp)',
    replace: 'learner.lastStamp',
    wishes: { profile: 'leases' },
  },
  {
    name: 'nobody-brings-the-time',
    breaks: 'a key that is due stays until somebody writes',
    file: 'paxos/leadership.js',
    find: 'if (nextDeadline <= stamp)',
    replace: 'if (nextDeadline < 0)',
    wishes: { profile: 'calm' },
  },
];
