/**
 * What the core says of its role, as log lines for the operator.
 */

import { unreachable } from '../base/assert.js';
import { type Ballot, ballotText } from '../paxos/ballot.js';
import type { RoleChange } from '../paxos/effects.js';
import type { LogFields, Logger } from './logger.js';

type Level = 'debug' | 'info' | 'warn' | 'error';

/** What the core gives as reason and a person would read wrongly. */
const PLAIN: Readonly<Record<string, string>> = {
  // Nor may there be one, as when all replicas are stopped together.
  'handed over, the successor behind': 'gave up leading without waiting longer for a successor',
};

/** Writes one line for each change. It remembers whether this replica leads: giving up a candidacy is not worth as much. */
export class RoleLines {
  readonly #logger: Logger;
  #leads = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  tell(change: RoleChange): void {
    const [event, fields] = this.#lineOf(change);
    this.#logger[this.#levelOf(change)](event, fields);
    if (change.type === 'led') this.#leads = true;
    else if (change.type === 'stopped') this.#leads = false;
  }

  /** What an operator may have to do something about at warn; steps on the way at debug. */
  #levelOf(change: RoleChange): Level {
    switch (change.type) {
      case 'became-learner':
      case 'lost-log':
      case 'diverged':
        return 'warn';
      case 'digests-differ':
      case 'lost-together':
        return 'error';
      case 'lost-contact':
      case 'gained-contact':
        return 'debug';
      case 'stood':
        return change.ballot === null ? 'debug' : 'info';
      case 'stopped':
        return this.#leads ? 'info' : 'debug';
      default:
        return 'info';
    }
  }

  #lineOf(change: RoleChange): readonly [event: string, fields: LogFields] {
    switch (change.type) {
      case 'stood':
        return ['stands for leader', { ballot: textOf(change.ballot), why: change.why }];
      case 'led':
        return ['leads', { ballot: ballotText(change.ballot) }];
      case 'established':
        return ['is established as leader', { ballot: ballotText(change.ballot) }];
      case 'stopped': {
        const fields = { ballot: textOf(change.ballot), why: PLAIN[change.why] ?? change.why };
        return [this.#leads ? 'stops leading' : 'stands no longer', fields];
      }
      case 'draining':
        if (change.to === null) return ['gives leadership up', { why: change.why }];
        return ['hands leadership over', { to: change.to, why: change.why }];
      case 'resumed':
        return ['goes on leading', { why: change.why }];
      case 'followed':
        return ['follows', { leader: change.ballot.replica, ballot: ballotText(change.ballot) }];
      case 'became-learner':
        return ['is only a learner: another store has the vote under this name', { counted: change.counted }];
      case 'founded':
        return ['the cluster is founded', { digest: change.digest }];
      case 'lost-contact':
        return ['lost contact', { peer: change.peer }];
      case 'gained-contact':
        return ['gained contact', { peer: change.peer }];
      case 'lost-log':
        return [
          'the end of the log is gone: no vote before every other replica has said what it knows',
          { why: change.why },
        ];
      case 'lost-together':
        return ['the end of the log is gone here and at another: neither can tell the other', { peer: change.peer }];
      case 'repaired-log':
        return ['the log is whole again, as far as the others know', {}];
      case 'diverged': {
        const { slot, digest } = change.checkpoint;
        return [
          'the state here is not that of the others: not used until rebuilt',
          { slot, digest, majority: change.majority },
        ];
      }
      case 'agreed':
        return ['the state here is that of the others again', { slot: change.slot }];
      case 'digests-differ':
        return [
          'replicas have different states, and no majority has the same',
          { slot: change.slot, digests: change.digests },
        ];
      default:
        return unreachable(change);
    }
  }
}

function textOf(ballot: Ballot | null): string | undefined {
  return ballot === null ? undefined : ballotText(ballot);
}
