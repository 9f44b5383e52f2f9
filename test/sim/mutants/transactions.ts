/** Planted bugs in transactions and in ONCE. */

import type { Mutant } from './mutant.js';

export const TRANSACTIONS: readonly Mutant[] = [
  {
    name: 'transaction-in-two-entries',
    breaks: 'a transaction is executed as two entries of the log would be',
    file: 'kv/execution.js',
    find: 'items.push(reply);',
    replace: 'if (items.push(reply) === 2) this.#writer.finish();',
    wishes: { profile: 'calm' },
  },
  {
    name: 'transaction-half-done',
    breaks: 'a transaction ends at its first write where nobody waits for its replies',
    file: 'kv/execution.js',
    find: 'if (!isAnswered)\n                continue;',
    replace:
      'if (!isAnswered) {\n                if (read === undefined) break;\n                continue;\n            }',
    wishes: { profile: 'calm' },
  },
  {
    name: 'watch-checked-before-apply',
    breaks: 'EXEC looks itself whether watched keys are as they were, and sends only what is not',
    file: 'node/clients/transaction.js',
    find: 'const bytes = encodeTransaction(watched, commands)',
    replace:
      'const bytes = encodeTransaction(new Map([...watched].filter(([key, at]) => at !== watchedRevision(around.machine.get(key)))), commands)',
    wishes: { profile: 'calm' },
  },
  {
    name: 'watch-in-vain',
    breaks: 'EXEC goes on although a WATCH was refused',
    file: 'node/clients/transaction.js',
    find: ' && this.#unanswered === 0',
    replace: '',
    wishes: { profile: 'network' },
  },
  {
    name: 'once-done-again',
    breaks: 'an id is not known any more as soon as time goes on',
    file: 'kv/once-table.js',
    find: 'time + KEPT_MS <= this.#time',
    replace: 'time < this.#time',
    wishes: { profile: 'network' },
  },
  {
    name: 'once-reply-lost',
    breaks: 'who asks again for what was done hears that it was, and not what it answered',
    file: 'kv/once-table.js',
    find: 'kept.reply === null ?',
    replace: 'kept.reply !== undefined ?',
    wishes: { profile: 'network' },
  },
  {
    name: 'ids-not-restored',
    breaks: 'a replica that begins with a snapshot has forgotten what was done once',
    file: 'kv/state-machine.js',
    find: 'this.#once.become(once);',
    replace: '',
    wishes: { profile: 'snapshots' },
  },
];
