/**
 * What the core says of its role, as log lines for the operator.
 */

import { unreachable } from '../base/assert.js';
import { ballotText } from '../paxos/ballot.js';
import type { RoleChange } from '../paxos/effects.js';
import type { LogFields, Logger } from './logger.js';

/** One line at info; what an operator may have to do something about, at warn. */
export function logRole(logger: Logger, change: RoleChange): void {
  const [event, fields] = lineOf(change);
  if (change.type === 'became-learner') logger.warn(event, fields);
  else logger.info(event, fields);
}

function lineOf(change: RoleChange): readonly [event: string, fields: LogFields] {
  switch (change.type) {
    case 'stood':
      return [
        'stands for leader',
        { ballot: change.ballot === null ? undefined : ballotText(change.ballot), why: change.why },
      ];
    case 'led':
      return ['leads', { ballot: ballotText(change.ballot) }];
    case 'established':
      return ['is established as leader', { ballot: ballotText(change.ballot) }];
    case 'stopped':
      return [
        'stops leading',
        { ballot: change.ballot === null ? undefined : ballotText(change.ballot), why: change.why },
      ];
    case 'draining':
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
    default:
      return unreachable(change);
  }
}
