/** What a client says of itself and wants of its connection: HELLO, AUTH, SELECT, RESET, CLIENT, and that it wants
 * no transaction any more. Texts are those of Redis 7. */

import { integer, list, NONE, notAnInteger, OK, value } from '../../kv/replies.js';
import type { Reply } from '../../wire/reply.js';
import type { ClientSession } from './client-session.js';
import { error, nameTooLong, unknownSubcommand } from './errors.js';
import { REDIS_VERSION } from './introductions.js';
import type { Handler, OwnConnection } from './local-handler.js';
import type { Argv } from './request.js';

/** The one user, which needs no password. */
const USER = 'default';

const INTEGER = /^-?(0|[1-9]\d{0,17})$/;
/** As Redis wants names to be: printable ASCII without blanks. */
const NAME = /^[!-~]*$/;
/** CLIENT LIST tells those of all clients. */
const NAME_BYTES = 128;

export const sessionHandlers = {
  HELLO: (words, _service, own) => hello(words, own),
  AUTH: (words) => authenticate(words.words === 3 ? words.text(1) : null),
  SELECT: (words) => {
    if (!INTEGER.test(words.text(1))) return notAnInteger();
    return words.text(1) === '0' ? OK : error('ERR', 'DB index is out of range');
  },
  RESET: (_words, _service, own) => {
    own.session.reset();
    return { type: 'status', text: 'RESET' };
  },
  CLIENT: (words, _service, own) => client(words, own),
  DISCARD: (_words, _service, { session }) => {
    session.transaction.reset();
    return OK;
  },
  UNWATCH: (_words, _service, { session }) => {
    session.transaction.unwatch();
    return OK;
  },
} as const satisfies Record<string, Handler>;

function hello(words: Argv, { session }: OwnConnection): Reply {
  const asked = words.words > 1 ? words.text(1) : `${session.resp}`;
  if (!INTEGER.test(asked)) return error('ERR', 'Protocol version is not an integer or out of range');
  if (asked !== '2' && asked !== '3') return error('NOPROTO', 'unsupported protocol version');
  let name: string | null = null;
  for (let i = 2; i < words.words; ) {
    const option = words.text(i).toUpperCase();
    if (option === 'AUTH' && i + 2 < words.words) {
      const answer = authenticate(words.text(i + 1));
      if (answer !== OK) return answer;
      i += 3;
    } else if (option === 'SETNAME' && i + 1 < words.words) {
      name = words.text(i + 1);
      const bad = nameError(name, 'Client names');
      if (bad !== null) return bad;
      i += 2;
    } else return error('ERR', `Syntax error in HELLO option '${words.text(i)}'`);
  }
  session.resp = asked === '2' ? 2 : 3;
  if (name !== null) session.name = name;
  return {
    type: 'map',
    fields: [
      ['server', value('synod')],
      ['version', value(REDIS_VERSION)],
      ['proto', integer(session.resp)],
      ['id', integer(session.id)],
      ['mode', value('standalone')],
      ['role', value('master')],
      ['modules', list()],
    ],
  };
}

/** `user` is null where only a password was given. */
function authenticate(user: string | null): Reply {
  if (user === USER) return OK;
  if (user !== null) return error('WRONGPASS', 'invalid username-password pair or user is disabled.');
  const text = 'AUTH <password> called without any password configured for the default user.';
  return error('ERR', `${text} Are you sure your configuration is correct?`);
}

function client(words: Argv, own: OwnConnection): Reply {
  const { session } = own;
  const subcommand = words.text(1).toUpperCase();
  switch (`${subcommand} ${words.words - 2}`) {
    case 'ID 0':
      return integer(session.id);
    case 'INFO 0':
      return { type: 'text', text: `${lineOf(session)}\n` };
    case 'LIST 0':
      return {
        type: 'text',
        text: own
          .clients()
          .map((one) => `${lineOf(one)}\n`)
          .join(''),
      };
    case 'GETNAME 0':
      return session.name === '' ? NONE : value(session.name);
    case 'SETNAME 1':
      return nameError(words.text(2), 'Client names') ?? setName(session, words.text(2));
    case 'SETINFO 2':
      return setInfo(session, words.text(2), words.text(3));
    // Nobody is evicted, and no key remembers when it was read: what is asked for is so already.
    case 'NO-EVICT 1':
    case 'NO-TOUCH 1':
      return OK;
    default:
      return unknownSubcommand('CLIENT', words.text(1));
  }
}

function setName(session: ClientSession, name: string): Reply {
  session.name = name;
  return OK;
}

function setInfo(session: ClientSession, attribute: string, text: string): Reply {
  const name = attribute.toLowerCase();
  if (name !== 'lib-name' && name !== 'lib-ver') return error('ERR', `Unrecognized option '${attribute}'`);
  const bad = nameError(text, name);
  if (bad !== null) return bad;
  session.library = name === 'lib-name' ? { ...session.library, name: text } : { ...session.library, version: text };
  return OK;
}

/** As CLIENT LIST has it, as far as it is known here. */
function lineOf({ id, remote, name, resp, library }: ClientSession): string {
  return `id=${id} addr=${remote} name=${name} db=0 user=${USER} lib-name=${library.name} lib-ver=${library.version} resp=${resp}`;
}

function nameError(text: string, what: string): Reply | null {
  if (!NAME.test(text)) return error('ERR', `${what} cannot contain spaces, newlines or special characters.`);
  return text.length > NAME_BYTES ? nameTooLong(text.length, NAME_BYTES) : null;
}
