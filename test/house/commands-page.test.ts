// docs/commands.md lists every command as the table of commands has it, and names every code word of an error.

import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { must } from '#src/base/assert.js';
import { COMMANDS } from '#src/kv/command-table.js';
import { commandsPage } from './commands-page.js';
import { readTree } from './tree.js';

const page = readFileSync(new URL('../../../docs/commands.md', import.meta.url), 'utf8');

describe('the page of commands', () => {
  it('is as the table of commands has it (else: node scripts/commands.mjs)', () => {
    expect(commandsPage(page, COMMANDS)).to.equal(page);
  });

  it('is made again where a command has changed', () => {
    const [first, ...others] = COMMANDS;
    const changed = { ...must(first, 'a command'), summary: 'something | else' };
    const made = commandsPage(page, [changed, ...others]);
    expect(made).to.not.equal(page);
    expect(made).to.contain('| something \\| else |');
    expect(commandsPage(made, COMMANDS)).to.equal(page);
  });

  it('must have one place for each group', () => {
    expect(() => commandsPage('', COMMANDS)).to.throw('no place for: the three, ');
    expect(() => commandsPage(page + page, COMMANDS)).to.throw('two places');
  });

  it('explains every code word of an error', () => {
    const codes = new Set<string>();
    for (const [path, { text }] of readTree()) {
      if (!/^src\/(kv|wire|node\/clients)\//.test(path)) continue;
      for (const [, code = ''] of text.matchAll(/\b(?:code: |error\()'([A-Z]{3,})'/g)) codes.add(code);
    }
    expect([...codes]).to.include.members(['ERR', 'BUSY', 'UNCERTAIN', 'TOOLARGE']);
    expect([...codes].filter((code) => !page.includes(`\n| \`${code}\` |`))).to.deep.equal([]);
  });
});
