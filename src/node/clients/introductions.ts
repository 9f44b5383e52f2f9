/**
 * What stock Redis clients and tools ask before they go to work: INFO, COMMAND, CONFIG GET, TIME, ROLE, WAIT, SENTINEL.
 * They are told the truth in the words they know: to them every replica is a master, because every replica takes writes.
 */

import { type Command, NO_KEYS } from '../../kv/command.js';
import { COMMANDS, findCommand } from '../../kv/command-table.js';
import { PATTERN_BYTES } from '../../kv/commands/scans.js';
import { integer, list, NONE, notAnInteger, OK, patternTooLong, value } from '../../kv/replies.js';
import { Glob } from '../../wire/glob.js';
import type { Reply } from '../../wire/reply.js';
import type { Service } from '../service.js';
import type { Limits } from '../settings.js';
import { settingsAreOptions, unknownSubcommand } from './errors.js';
import type { Handler } from './local-handler.js';
import type { Argv } from './request.js';

/** Clients go by it when they choose commands: the Redis whose commands, where they exist here, are spoken. */
export const REDIS_VERSION = '7.0.0';

export const introductions = {
  INFO: (words, service, own) => info(words, service, own.clients().length),
  COMMAND: (words) => commandInfo(words),
  CONFIG: (words, _service, own) => config(words, own.limits),
  TIME: (_words, _service, { clock }) => time(clock.wall()),
  ROLE: () => list(value('master'), integer(0), list()),
  WAIT: (words, service) => wait(words, service),
  SENTINEL: (words, service) => sentinel(words, service),
} as const satisfies Record<string, Handler>;

/** By section: name and lines, as far as something here corresponds to them. */
function info(words: Argv, service: Service, clients: number): Reply {
  const status = service.status();
  const sections: readonly (readonly [string, readonly string[]])[] = [
    [
      'Server',
      [`redis_version:${REDIS_VERSION}`, 'redis_mode:standalone', 'server_name:synod', `process_id:${status.pid ?? 0}`],
    ],
    ['Clients', [`connected_clients:${clients}`]],
    ['Memory', [`used_memory:${status.bytes}`, `used_memory_rss:${status.residentBytes ?? 0}`]],
    ['Persistence', ['loading:0', 'aof_enabled:1']],
    // As ROLE tells: what a replica here is to the others has no word in Redis.
    ['Replication', ['role:master', 'connected_slaves:0']],
    [
      'Synod',
      [
        `name:${status.name}`,
        `leader:${status.leader ?? ''}`,
        `peers:${status.replicas.filter(({ self, connected }) => !self && connected).length}`,
        `spare:${status.spare}`,
        `revision:${status.revision}`,
      ],
    ],
    ['Keyspace', status.keys === 0 ? [] : [`db0:keys=${status.keys},expires=${service.machine.mortalKeys}`]],
  ];
  const asked = new Set<string>();
  for (let i = 1; i < words.words; i++) asked.add(words.text(i).toLowerCase());
  const isAll = asked.size === 0 || ['all', 'default', 'everything'].some((name) => asked.has(name));
  const told = sections.filter(([name]) => isAll || asked.has(name.toLowerCase()));
  const text = told.map(([name, lines]) => [`# ${name}`, ...lines, ''].join('\r\n')).join('\r\n');
  return { type: 'text', text };
}

/** An alias is a command like any other to programs, which look for it by its own name. */
const NAMES: readonly string[] = COMMANDS.flatMap(({ name, aliases }) => [name, ...aliases]);

function commandInfo(words: Argv): Reply {
  const asked: string[] = [];
  for (let i = 2; i < words.words; i++) asked.push(words.text(i).toUpperCase());
  const names = asked.length === 0 ? NAMES : asked;
  switch (words.words === 1 ? 'ALL' : words.text(1).toUpperCase()) {
    case 'ALL':
      return list(...NAMES.map(described));
    case 'COUNT':
      return integer(NAMES.length);
    case 'LIST':
      return list(...NAMES.map((name) => value(name.toLowerCase())));
    case 'INFO':
      return list(...names.map(described));
    case 'DOCS':
      return { type: 'map', fields: names.flatMap(documented) };
    default:
      return unknownSubcommand('COMMAND', words.text(1));
  }
}

const LOCAL_FLAGS: readonly string[] = ['loading', 'stale'];
const FLAGS: Readonly<Record<Command['kind'], readonly string[]>> = {
  write: ['write'],
  once: ['write'],
  read: ['readonly'],
  vigil: ['readonly', 'blocking'],
  local: LOCAL_FLAGS,
  control: LOCAL_FLAGS,
};

/** Name, arity, flags, first and last key, step; then, for Redis 7, categories, tips, key specifications and subcommands. */
function described(name: string): Reply {
  const command = findCommand(name);
  if (command === undefined) return NONE;
  const { minWords, maxWords, kind } = command;
  const arity = minWords === maxWords ? minWords : -minWords;
  const flags = FLAGS[kind];
  const { first, last, step } = kind === 'local' || kind === 'once' ? NO_KEYS : command.keys;
  const statuses = flags.map((text): Reply => ({ type: 'status', text }));
  const places = [integer(first), integer(last), integer(step)];
  return list(value(name.toLowerCase()), integer(arity), list(...statuses), ...places, list(), list(), list(), list());
}

function documented(name: string): readonly (readonly [string, Reply])[] {
  const command = findCommand(name);
  if (command === undefined) return [];
  const { summary, group, usage } = command;
  return [
    [
      name.toLowerCase(),
      {
        type: 'map',
        fields: [
          ['summary', value(summary)],
          ['group', value(group)],
          ['arguments', argumentsOf(usage)],
        ],
      },
    ],
  ];
}

/** All of them as one, whose name is how they are written: redis-cli shows it while one types. */
function argumentsOf(usage: string): Reply {
  const text = usage.slice(usage.indexOf(' ') + 1);
  if (!usage.includes(' ')) return list();
  const fields = { name: text, type: 'string', display_text: text };
  return list({ type: 'map', fields: Object.entries(fields).map(([field, each]) => [field, value(each)]) });
}

function config(words: Argv, limits: Limits): Reply {
  const subcommand = words.text(1).toUpperCase();
  if (subcommand === 'RESETSTAT' && words.words === 2) return OK;
  if (subcommand === 'SET' || subcommand === 'REWRITE') return settingsAreOptions();
  if (subcommand !== 'GET' || words.words < 3) return unknownSubcommand('CONFIG', words.text(1));
  const settings: readonly (readonly [string, string])[] = [
    ['appendfsync', 'always'],
    ['appendonly', 'yes'],
    ['databases', '1'],
    ['maxclients', `${limits.connections}`],
    ['maxmemory', `${limits.dataBytes}`],
    ['proto-max-bulk-len', `${limits.requestBytes}`],
    ['save', ''],
    ['timeout', '0'],
  ];
  const globs: Glob[] = [];
  for (let i = 2; i < words.words; i++) {
    if (words.text(i).length > PATTERN_BYTES) return patternTooLong(PATTERN_BYTES);
    globs.push(new Glob(words.text(i).toLowerCase()));
  }
  const told = settings.filter(([name]) => globs.some((glob) => glob.matches(name)));
  return { type: 'map', fields: told.map(([name, text]) => [name, value(text)]) };
}

/** `ms` since 1970, in the two parts in which Redis tells it. */
function time(ms: number): Reply {
  const whole = Math.floor(ms);
  return list(value(`${Math.floor(whole / 1_000)}`), value(`${(whole % 1_000) * 1_000}`));
}

/** What is acknowledged stands on the disks of a majority. */
function wait(words: Argv, service: Service): Reply {
  if (!/^\d{1,15}$/.test(words.text(1)) || !/^\d{1,15}$/.test(words.text(2))) return notAnInteger();
  return integer(Math.floor(service.status().replicas.length / 2));
}

/** Clients that were given several addresses ask each for the master: it is the one they asked. */
function sentinel(words: Argv, service: Service): Reply {
  switch (words.text(1).toUpperCase()) {
    case 'GET-MASTER-ADDR-BY-NAME': {
      const address = service.status().replicas.find(({ self }) => self)?.clientAddress ?? null;
      if (address === null) return NONE;
      const colon = address.lastIndexOf(':');
      return list(value(address.slice(0, colon)), value(address.slice(colon + 1)));
    }
    case 'SENTINELS':
    case 'REPLICAS':
    case 'SLAVES':
      return list();
    default:
      return unknownSubcommand('SENTINEL', words.text(1));
  }
}
