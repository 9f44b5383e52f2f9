// The one table of commands: nothing is listed twice, every line of it can be shown, and a slip of the finger is understood.

import { expect } from 'chai';
import { COMMANDS, findCommand, findWrite, nearestCommand } from '#src/kv/command-table.js';

describe('command table', () => {
  it('knows every command by its name and aliases, each name once', () => {
    const names = COMMANDS.flatMap(({ name, aliases }) => [name, ...aliases]);
    expect(new Set(names).size).to.equal(names.length);
    for (const command of COMMANDS) {
      for (const name of [command.name, ...command.aliases]) {
        expect(name).to.equal(name.toUpperCase());
        expect(findCommand(name)).to.equal(command);
      }
    }
    expect(findCommand('get')).to.equal(undefined);
  });

  it('has the commands that were asked for', () => {
    const wanted =
      'GET PUT SET DELETE DEL UNLINK PING ECHO EXISTS DBSIZE STATUS WHO READONLY READWRITE DRAIN HELP ? QUIT EXIT';
    for (const name of wanted.split(' ')) expect(findCommand(name), name).to.not.equal(undefined);
  });

  it('finds a write in the log only by its one name', () => {
    for (const { name, kind } of COMMANDS) expect(findWrite(name) !== undefined, name).to.equal(kind === 'write');
    for (const alias of ['DEL', 'UNLINK', 'FLUSHDB']) expect(findWrite(alias)).to.equal(undefined);
  });

  it('shows each command on one line that begins with its name', () => {
    for (const { name, usage, summary, minWords, maxWords } of COMMANDS) {
      expect(usage.split(' ')[0]).to.equal(name);
      expect(usage.length + summary.length, name).to.be.lessThan(110);
      expect(summary).to.match(/^\S.*[^.]$/);
      expect(minWords).to.be.within(1, maxWords);
    }
  });

  for (const [typed, meant] of [
    ['GTE', 'GET'],
    ['GE', 'GET'],
    ['GETT', 'GET'],
    ['PTU', 'PUT'],
    ['DELTE', 'DELETE'],
    ['DELLETTE', 'DELETE'],
    ['STAUTS', 'STATUS'],
    ['EXIST', 'EXISTS'],
    ['HLEP', 'HELP'],
    ['FROB', undefined],
    ['X', undefined],
    ['', undefined],
    ['SUBSCRIBE', undefined],
  ] as const) {
    it(`takes '${typed}' for ${meant ?? 'nothing'}`, () => expect(nearestCommand(typed)).to.equal(meant));
  }
});
