/**
 * Commands about the cluster and the connection. Here is what they are called and what HELP says of them; the client port
 * carries them out.
 */

import type { Group, LocalCommand, LocalName } from '../command.js';

function local(
  group: Group,
  name: LocalName,
  usage: string,
  words: readonly [min: number, max: number],
  summary: string,
  aliases: readonly string[] = [],
): LocalCommand {
  return { kind: 'local', name, aliases, minWords: words[0], maxWords: words[1], usage, summary, group };
}

export const CLUSTER_COMMANDS: readonly LocalCommand[] = [
  local('cluster', 'STATUS', 'STATUS [JSON [RESET]]', [1, 3], 'a table of the replicas: who leads, who lags, and why'),
  local('cluster', 'WHO', 'WHO', [1, 1], 'the name and client address of the leader, (nil) when none is known'),
  local('cluster', 'DRAIN', 'DRAIN name ON|OFF', [3, 3], 'not lead until OFF or a restart; hands over within moments'),
  local('cluster', 'BACKUP', 'BACKUP', [1, 1], 'a line with size and digest, then so many bytes: for `synod backup`'),
];

/** Which comes without an end. */
export const FOLLOW_COMMANDS: readonly LocalCommand[] = [
  local(
    'changes',
    'FOLLOW',
    'FOLLOW prefix [FROM revision]',
    [2, 4],
    'every change from now on, a line each, for ever',
  ),
];

export const CONNECTION_COMMANDS: readonly LocalCommand[] = [
  local('connection', 'PING', 'PING [text]', [1, 2], 'is anyone there'),
  local('connection', 'ECHO', 'ECHO text', [2, 2], 'answers the text'),
  local('connection', 'READONLY', 'READONLY', [1, 1], 'this connection reads what this replica has, possibly stale'),
  local('connection', 'READWRITE', 'READWRITE', [1, 1], 'this connection reads what is true now (as at the start)'),
  local('connection', 'HELP', 'HELP [command]', [1, 2], 'this list, or one command of it', ['?']),
  local('connection', 'QUIT', 'QUIT', [1, 1], 'close the connection, after the replies due', ['EXIT']),
];

const MANY = Number.POSITIVE_INFINITY;

/** What stock clients ask before they are of use to anybody. */
export const CLIENT_COMMANDS: readonly LocalCommand[] = [
  local(
    'for Redis clients',
    'HELLO',
    'HELLO [2|3 [AUTH user password] [SETNAME name]]',
    [1, MANY],
    'choose RESP2 or RESP3',
  ),
  local(
    'for Redis clients',
    'AUTH',
    'AUTH [user] password',
    [2, 3],
    'no password is asked for: the user default is let in',
  ),
  local('for Redis clients', 'SELECT', 'SELECT 0', [2, 2], 'there is one database'),
  local('for Redis clients', 'RESET', 'RESET', [1, 1], 'make this connection as it was at the start'),
  local(
    'for Redis clients',
    'CLIENT',
    'CLIENT ID|INFO|LIST|GETNAME|SETNAME name|SETINFO what text|NO-EVICT|NO-TOUCH ON|OFF',
    [2, MANY],
    'who is connected here',
  ),
  local(
    'for Redis clients',
    'COMMAND',
    'COMMAND [COUNT|LIST|INFO ...|DOCS ...]',
    [1, MANY],
    'what HELP says, for programs',
  ),
  local('for Redis clients', 'CONFIG', 'CONFIG GET pattern [pattern ...]', [2, MANY], 'settings that programs ask for'),
  local(
    'for Redis clients',
    'INFO',
    'INFO [section ...]',
    [1, MANY],
    'about this replica, as Redis tells it; see STATUS',
  ),
  local('for Redis clients', 'TIME', 'TIME', [1, 1], "this replica's clock: seconds since 1970, and microseconds"),
  local('for Redis clients', 'ROLE', 'ROLE', [1, 1], 'master: every replica takes writes'),
  local(
    'for Redis clients',
    'WAIT',
    'WAIT replicas milliseconds',
    [3, 3],
    'how many others are sure to have your writes',
  ),
  local(
    'for Redis clients',
    'SENTINEL',
    'SENTINEL GET-MASTER-ADDR-BY-NAME|SENTINELS|REPLICAS name',
    [2, 3],
    'this replica is the master, and its own sentinel',
  ),
];
