// What may follow, for usages as they stand in the table of commands, and for lines as they are typed.
import { expect } from 'chai';
import { COMMANDS } from '#src/kv/command-table.js';
import { hintFor } from '#src/repl/hint.js';
import { following } from '#src/repl/usage.js';

const SET = 'SET key value [NX|XX|IFEQ old|IFREV revision] [GET] [EX s|KEEPTTL]';

/** Usage, words typed, and what is left to type. */
const LEFT: readonly (readonly [usage: string, words: string, text: string])[] = [
  ['GET key', '', 'key'],
  ['GET key', 'apple', ''],
  ['GET key', 'apple pear', ''],
  ['PUT key value', 'apple', 'value'],
  ['DELETE key [key ...]', '', 'key [key ...]'],
  ['DELETE key [key ...]', 'a', '[key ...]'],
  ['DELETE key [key ...]', 'a b c', '[key ...]'],
  ['MSET key value [key value ...]', 'a', 'value [key value ...]'],
  ['MSET key value [key value ...]', 'a 1 b', 'value [key value ...]'],
  ['MSET key value [key value ...]', 'a 1 b 2', '[key value ...]'],
  ['PREFIX prefix [AFTER key] [LIMIT n]', 'user:', '[AFTER key] [LIMIT n]'],
  ['PREFIX prefix [AFTER key] [LIMIT n]', 'user: limit', 'n [AFTER key]'],
  ['PREFIX prefix [AFTER key] [LIMIT n]', 'user: LIMIT 10', '[AFTER key]'],
  ['PREFIX prefix [AFTER key] [LIMIT n]', 'user: LIMIT 10 AFTER user:3', ''],
  [SET, 'a 1', '[NX|XX|IFEQ old|IFREV revision] [GET] [EX s|KEEPTTL]'],
  [SET, 'a 1 ifrev', 'revision [GET] [EX s|KEEPTTL]'],
  [SET, 'a 1 IFREV 7', '[GET] [EX s|KEEPTTL]'],
  [SET, 'a 1 get nx', '[EX s|KEEPTTL]'],
  [SET, 'a 1 frob', ''],
  ['STATUS [JSON [RESET]]', '', '[JSON [RESET]]'],
  ['STATUS [JSON [RESET]]', 'JSON', '[RESET]'],
  ['AUTH [user] password', 'me', 'password'],
  ['DRAIN name ON|OFF', 'a', 'ON|OFF'],
];

describe('what may follow in a command', () => {
  for (const [usage, words, text] of LEFT) {
    it(`${usage.split(' ')[0]} ${words} … ${text}`, () => {
      expect(following(usage, words === '' ? [] : words.split(' ')).text).to.equal(text);
    });
  }

  it('tells where keys, options and commands stand', () => {
    const at = (usage: string, ...words: readonly string[]) => {
      const { choices, wantsKey, wantsCommand } = following(usage, words);
      return [choices.join(' '), wantsKey, wantsCommand];
    };
    expect(at('GET key')).to.deep.equal(['', true, false]);
    expect(at('DELETE key [key ...]', 'a')).to.deep.equal(['', true, false]);
    expect(at(SET, 'a', '1')).to.deep.equal(['NX XX IFEQ IFREV GET EX KEEPTTL', false, false]);
    expect(at(SET, 'a', '1', 'GET')).to.deep.equal(['NX XX IFEQ IFREV EX KEEPTTL', false, false]);
    expect(at('RANGE start end [LIMIT n]', 'a')).to.deep.equal(['', true, false]);
    expect(at('PREFIX prefix [AFTER key] [LIMIT n]', 'a', 'AFTER')).to.deep.equal(['', true, false]);
    expect(at('DRAIN name ON|OFF', 'a')).to.deep.equal(['ON OFF', false, false]);
    expect(at('.timing on|off')).to.deep.equal(['on off', false, false]);
    expect(at('HELP [command]')).to.deep.equal(['', false, true]);
  });

  it('says of every command in the table what HELP says', () => {
    for (const { name, usage } of COMMANDS) expect(`${name}${hintFor(name)}`, name).to.equal(usage);
  });

  for (const [line, hint] of [
    ['', ''],
    ['G', ''],
    ['get', ' key'],
    ['GET ', 'key'],
    ['GET ap', ''],
    ['PREFIX us', ' [AFTER key] [LIMIT n]'],
    ['PREFIX "us er', ' [AFTER key] [LIMIT n]'],
    ['PUT apple ', 'value'],
    ['PUT apple two words ', ''],
    ['.timing ', 'on|off'],
    ['ONCE my-id ', 'command ...'],
    ['ONCE my-id DELIFEQ apple ', 'old'],
    ['FROB ', ''],
  ]) {
    it(`shows '${hint}' behind '${line}'`, () => expect(hintFor(line ?? '')).to.equal(hint));
  }
});
