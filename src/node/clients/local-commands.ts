/**
 * Carries out the commands about the cluster and the connection. Except for BACKUP and FOLLOW, which the connection sees
 * to, they do not wait for the cluster, and none changes what it stores; each has a handler, and the compiler counts them.
 */

import { assert } from '../../base/assert.js';
import { revision } from '../../base/ids.js';
import type { LocalCommand, LocalName } from '../../kv/command.js';
import { findCommand } from '../../kv/command-table.js';
import { parseIndex } from '../../kv/integers.js';
import { NONE, notAnInteger, OK } from '../../kv/replies.js';
import type { Reply } from '../../wire/reply.js';
import type { Service } from '../service.js';
import { badKey, drainElsewhere, unknownReplica, wrongUse } from './errors.js';
import { help } from './help.js';
import { introductions } from './introductions.js';
import type { Handler, OwnConnection } from './local-handler.js';
import type { Argv } from './request.js';
import { sessionHandlers } from './session-commands.js';
import { statusJson, statusText } from './status-table.js';

const PONG: Reply = { type: 'status', text: 'PONG' };

const handlers: Readonly<Record<LocalName, Handler>> = {
  ...sessionHandlers,
  ...introductions,
  PING: (words) => (words.words === 1 ? PONG : { type: 'value', bytes: words.text(1) }),
  ECHO: (words) => ({ type: 'value', bytes: words.text(1) }),
  STATUS: status,
  WHO: who,
  READONLY: (_words, _service, own) => {
    own.session.readsLocally = true;
    return OK;
  },
  READWRITE: (_words, _service, own) => {
    own.session.readsLocally = false;
    return OK;
  },
  DRAIN: drain,
  BACKUP: (_words, _service, own) => {
    own.backup();
    return null;
  },
  FOLLOW: follow,
  HELP: (words) => help(words.words === 1 ? null : words.text(1)),
  QUIT: (_words, _service, own) => {
    own.quit();
    return OK;
  },
};

export function runLocal(command: LocalCommand, words: Argv, service: Service, own: OwnConnection): Reply | null {
  return handlers[command.name](words, service, own);
}

function status(words: Argv, service: Service): Reply {
  if (words.words === 1) return { type: 'text', text: statusText(service.status()) };
  const isReset = words.words === 3 && words.text(2).toUpperCase() === 'RESET';
  if (words.text(1).toUpperCase() !== 'JSON' || (words.words === 3 && !isReset)) return misused('STATUS');
  const text = statusJson(service.status());
  if (isReset) service.measureLoop();
  return { type: 'text', text };
}

function who(_words: Argv, service: Service): Reply {
  const leader = service.leader();
  if (leader === null) return NONE;
  return { type: 'status', text: `${leader.name} ${leader.clientAddress ?? '?'}` };
}

/** Only the replica one is connected to: an order to another would need a road of its own between them. */
function drain(words: Argv, service: Service): Reply {
  const name = words.text(1);
  const order = words.text(2).toUpperCase();
  if (order !== 'ON' && order !== 'OFF') return misused('DRAIN');
  if (name !== service.name) {
    const { replicas } = service.status();
    const other = replicas.find((replica) => replica.name === name);
    if (other !== undefined) return drainElsewhere(other.name, other.clientAddress);
    return unknownReplica(
      name,
      replicas.map((replica) => replica.name),
    );
  }
  service.drain(order === 'ON');
  return OK;
}

function follow(words: Argv, _service: Service, own: OwnConnection): Reply | null {
  const { length } = words.text(1);
  if (length > own.limits.keyBytes) return badKey(length, own.limits.keyBytes);
  if (words.words === 2) {
    own.follow(words.text(1), null);
    return null;
  }
  if (words.words !== 4 || words.text(2).toUpperCase() !== 'FROM') return misused('FOLLOW');
  const from = parseIndex(words.text(3));
  if (from === null || from < 0 || from > Number.MAX_SAFE_INTEGER) return notAnInteger();
  own.follow(words.text(1), revision(from));
  return null;
}

function misused(name: LocalName): Reply {
  const command = findCommand(name);
  assert(command !== undefined, `${name} is in the table`);
  return wrongUse(command);
}
