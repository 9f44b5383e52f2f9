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

export const CONNECTION_COMMANDS: readonly LocalCommand[] = [
  local('connection', 'PING', 'PING [text]', [1, 2], 'is anyone there'),
  local('connection', 'ECHO', 'ECHO text', [2, 2], 'answers the text'),
  local('connection', 'READONLY', 'READONLY', [1, 1], 'this connection reads what this replica has, possibly stale'),
  local('connection', 'READWRITE', 'READWRITE', [1, 1], 'this connection reads what is true now (as at the start)'),
  local('connection', 'HELP', 'HELP [command]', [1, 2], 'this list, or one command of it', ['?']),
  local('connection', 'QUIT', 'QUIT', [1, 1], 'close the connection, after the replies due', ['EXIT']),
];
