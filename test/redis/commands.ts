/**
 * Commands that Redis and Synod both have, at random: on few keys, so that they meet, with words at and beyond the edges of
 * what each takes. Left out is only what docs/commands.md lists as different.
 */
import fc from 'fast-check';

type Word = fc.Arbitrary<string>;

const key: Word = fc.constantFrom('a', 'b', 'c', 'key 4', '\x00\xff\r\n');
const integer: Word = fc.oneof(
  fc.integer({ min: -20, max: 20 }).map(String),
  fc.constantFrom('9223372036854775807', '-9223372036854775808', '9223372036854775806', '9007199254740993', '-1'),
  fc.constantFrom(
    '9223372036854775808',
    '-9223372036854775809',
    '01',
    '+1',
    ' 1',
    '1 ',
    '-0',
    '',
    'one',
    '1.0',
    '0x10',
  ),
);
/** In quarters and eighths: of others Redis shows what its binary numbers make of them, and Synod is exact. */
const decimal: Word = fc.oneof(
  fc.integer({ min: -8_000, max: 8_000 }).map((n) => `${n / 4}`),
  fc.constantFrom('0.125', '-.5', '5.', '+3', '1e3', '-25e-2', 'x', '', '1.2.3', '1e', ' 1', '3 '),
);
const value: Word = fc.oneof(
  integer,
  decimal,
  fc.constantFrom('', 'green', 'green green', '\r\n', '\x00\xff'),
  fc.string({ unit: 'binary-ascii', maxLength: 30 }),
);
const index: Word = fc.oneof(fc.integer({ min: -12, max: 12 }).map(String), integer);
const cased = (name: string): Word =>
  fc.constantFrom(name, name.toLowerCase(), `${name.slice(0, 1)}${name.slice(1).toLowerCase()}`);

function command(name: string, ...words: readonly Word[]): fc.Arbitrary<readonly string[]> {
  return fc.tuple(cased(name), ...words);
}

function many(name: string, ...words: readonly Word[]): fc.Arbitrary<readonly string[]> {
  const group = fc.tuple(...words);
  return fc
    .tuple(cased(name), fc.array(group, { minLength: 1, maxLength: 4 }))
    .map(([first, rest]) => [first, ...rest.flat()]);
}

/** `options`: of one or more words each. */
function optional(
  name: string,
  words: readonly Word[],
  options: readonly (readonly string[])[],
): fc.Arbitrary<readonly string[]> {
  const given = fc.array(fc.constantFrom(...options), { maxLength: 3 });
  return fc
    .tuple(cased(name), fc.tuple(...words), given)
    .map(([first, rest, more]) => [first, ...rest, ...more.flat()]);
}

const WRONG_TIMES = ['0', '-1', 'x', '', '1.5', '9223372036854775807', '9223372036854775808'];
const wrongTimes = (option: string): string[][] => [[option], ...WRONG_TIMES.map((time) => [option, time])];

/** How long keys have left, in so many seconds: what two servers reckon in a few moments is the same then. */
const LEFT = ['100', '1000', '86400'];
const left = (option: string, zeros = ''): string[][] => LEFT.map((time) => [option, time + zeros]);

const set = optional(
  'SET',
  [key, value],
  [
    ...['NX', 'XX', 'GET', 'nx', 'get', 'FROB', 'KEEPTTL', 'keepttl', 'PERSIST', 'GT'].map((word) => [word]),
    ...left('EX'),
    ...left('px', '000'),
    ...wrongTimes('EX'),
    ...wrongTimes('PX'),
  ],
);

const seconds: Word = fc.constantFrom(...LEFT, ...LEFT, ...WRONG_TIMES, '-9223372036854775808');
const milliseconds: Word = seconds.map((text) => (LEFT.includes(text) ? `${text}000` : text));

/** Keys that go at a time which is said: only those can be asked for it, and be compared with it. */
const dated: Word = fc.constantFrom('at', 'at 2');
const FAR = ['32503680000', '32503680001', '40000000000'];
const far = (option: string, zeros = ''): string[][] => FAR.map((time) => [option, time + zeros]);
/** Up to 2^53: beyond, Redis takes milliseconds that Synod does not. */
const time: Word = fc.constantFrom(...FAR, ...FAR, '1', '0', '-1', '-9223372036854775808', 'x');
const timeMs: Word = time.map((text) => (FAR.includes(text) ? `${text}123` : text));
const comparisons = ['NX', 'XX', 'GT', 'LT', 'gt', 'lt', 'FROB'].map((word) => [word]);

const expiring: fc.Arbitrary<readonly string[]> = fc.oneof(
  command('SETEX', key, seconds, value),
  command('PSETEX', key, milliseconds, value),
  optional('EXPIRE', [key, seconds], [['NX'], ['XX'], ['xx'], ['FROB']]),
  optional('PEXPIRE', [key, milliseconds], [['NX'], ['XX'], ['GT', 'LT']]),
  optional('GETEX', [key], [['PERSIST'], ['NX'], ...left('ex'), ...left('PX', '000'), ...wrongTimes('EX')]),
  command('PERSIST', key),
  { arbitrary: command('TTL', key), weight: 4 },
  optional('SET', [dated, value], [...far('EXAT'), ...far('pxat', '499'), ['KEEPTTL'], ['NX'], ['GET'], ['EXAT', '0']]),
  optional('EXPIREAT', [dated, fc.oneof(time, fc.constant('9223372036854775807'))], comparisons),
  optional('PEXPIREAT', [dated, timeMs], comparisons),
  optional('GETEX', [dated], [...far('EXAT'), ...far('PXAT', '500'), ['PXAT', '1'], ['PERSIST']]),
  command('PERSIST', dated),
  command('APPEND', dated, value),
  command('INCR', dated),
  command('SETRANGE', dated, fc.constantFrom('0', '3'), value),
  // On a key of its own: a key that holds what Redis takes for a number and Synod does not, as 0x10, is none to add to.
  optional('SET', [fc.constant('at decimal'), decimal], far('EXAT')),
  command('INCRBYFLOAT', fc.constant('at decimal'), decimal),
  command('PEXPIRETIME', fc.constant('at decimal')),
  command('GETSET', dated, value),
  command('MSET', dated, value),
  command('RENAME', dated, dated),
  command('DEL', dated),
  command('EXPIRETIME', dated),
  { arbitrary: command('PEXPIRETIME', dated), weight: 4 },
  command(
    'PEXPIRETIME',
    key.map((name) => `none ${name}`),
  ),
  command(
    'PTTL',
    key.map((name) => `none ${name}`),
  ),
);

const whole: fc.Arbitrary<readonly string[]> = fc.oneof(
  { arbitrary: set, weight: 6 },
  { arbitrary: command('GET', key), weight: 4 },
  { arbitrary: expiring, weight: 12 },
  command('SETNX', key, value),
  command('GETSET', key, value),
  command('GETDEL', key),
  many('MGET', key),
  many('MSET', key, value),
  many('MSETNX', key, value),
  command('APPEND', key, value),
  command('STRLEN', key),
  command('GETRANGE', key, index, index),
  command('SUBSTR', key, index, index),
  command(
    'SETRANGE',
    key,
    fc.oneof(fc.integer({ min: -2, max: 40 }).map(String), fc.constantFrom('x', '', '-1')),
    value,
  ),
  command('INCR', key),
  command('DECR', key),
  command('INCRBY', key, integer),
  command('DECRBY', key, integer),
  // On a key of its own, for the same reason.
  command('INCRBYFLOAT', fc.constant('decimal'), decimal),
  command('SET', fc.constant('decimal'), decimal),
  many('DEL', key),
  many('UNLINK', key),
  many('EXISTS', key),
  many('TOUCH', key),
  command('TYPE', key),
  command('RENAME', key, key),
  command('RENAMENX', key, key),
  command('DBSIZE'),
  command('KEYS', fc.constantFrom('a', '[b]', '\\c', 'key ?', '[^abcdk]*')),
  command('SCAN', fc.constantFrom('x', '18446744073709551616', '1x')),
  command('SCAN', fc.constant('0'), fc.constantFrom('COUNT', 'FROB', 'count'), fc.constantFrom('0', '-1')),
  command('FLUSHALL', fc.constantFrom('SYNC', 'ASYNC', 'async', 'FROB')),
  command('FLUSHDB'),
  command('ECHO', value),
  command('PING'),
  command('SELECT', fc.constantFrom('0', 'x', '99999')),
);

/** Now and then with words missing or too many. */
const anyCommand: fc.Arbitrary<readonly string[]> = fc
  .tuple(whole, fc.integer({ min: 0, max: 19 }), fc.constantFrom('a', 'b', 'key 4'))
  .map(([argv, slip, extra]) => (slip === 0 ? argv.slice(0, -1) : slip === 1 ? [...argv, extra] : argv))
  .filter((argv) => argv.length > 0);

/**
 * Of these a key that was not there before them is there behind them, or still is not, as it was for Redis and for Synod
 * alike.
 */
const KEEPING =
  /^(?:set|setnx|getset|get|mget|mset|msetnx|append|strlen|setrange|incr|decr|incrby|decrby|exists|type)$/i;

/**
 * A transaction as a client would ask for one, with whatever comes to its mind between. Where a watched key was made and
 * removed again before EXEC, the two differ: docs/commands.md tells.
 */
const transaction: fc.Arbitrary<readonly (readonly string[])[]> = fc
  .record({
    watches: fc.array(many('WATCH', key), { maxLength: 2 }),
    between: fc.array(
      anyCommand.filter(([name = '']) => KEEPING.test(name)),
      { maxLength: 2 },
    ),
    gathered: fc.array(
      fc.oneof({ arbitrary: anyCommand, weight: 12 }, command('UNWATCH'), command('MULTI'), many('WATCH', key)),
      { maxLength: 6 },
    ),
    end: fc.oneof({ arbitrary: command('EXEC'), weight: 5 }, command('DISCARD'), command('RESET')),
  })
  .map(({ watches, between, gathered, end }) => [...watches, ...between, ['MULTI'], ...gathered, end]);

/** What one connection asks for. */
export const anyCommands: fc.Arbitrary<readonly (readonly string[])[]> = fc
  .array(
    fc.oneof(
      { arbitrary: anyCommand.map((one) => [one]), weight: 30 },
      { arbitrary: transaction, weight: 2 },
      command('EXEC').map((one) => [one]),
      command('DISCARD').map((one) => [one]),
      command('UNWATCH').map((one) => [one]),
    ),
    { minLength: 1, maxLength: 100, size: 'max' },
  )
  .map((some) => some.flat());
