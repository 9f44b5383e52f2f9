// The operator's page must not rot: every line of level warn or error that a replica can log, every role and every note of
// STATUS, and every command that the page tells, is held against the sources.

import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { COMMANDS } from '#src/kv/command-table.js';
import { readTree, type Tree, treeOf } from './tree.js';

const page = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8').replace(/\s+/g, ' ');

/** The event of a log call is its first argument; `#warn` is what links.ts calls before it looks how often it said so. */
const CALL = /(?:logger\??\.(?:warn|error)|#warn)\(\s*(?:(['`])((?:(?!\1).)*)\1|([\w.#]+))/g;

/** Where the event is handed on to the logger, and given by the callers. */
const HANDS_ON: readonly string[] = ['src/node/peers/links.ts'];

/** Everything that a replica may say at warn or error; of templates, the parts that are always the same. */
function eventsIn(tree: Tree): string[] {
  const events = new Set<string>();
  for (const [path, { text }] of tree) {
    if (!path.startsWith('src/')) continue;
    for (const [call, , literal, name] of text.matchAll(CALL)) {
      if (literal === undefined) {
        expect(HANDS_ON, `${call} in ${path}, with an event that is no literal`).to.include(path);
        expect(name).to.match(/^event|^event:/);
      } else for (const part of literal.split(/\$\{[^}]*\}/)) if (part.trim() !== '') events.add(part.trim());
    }
  }
  return [...events];
}

/** The events of role-lines.ts, whose level is found out when they are told. */
function rolesIn(tree: Tree): string[] {
  const text = tree.get('src/node/role-lines.ts')?.text ?? '';
  const literals = [...text.matchAll(/return \[\s*(?:this\.#leads \? )?'([^']+)'(?: : '([^']+)')?/g)];
  return literals.flatMap(([, one = '', other = '']) => (other === '' ? [one] : [one, other]));
}

function literalsOf(tree: Tree, path: string, type: string): string[] {
  const declaration = new RegExp(`export type ${type} =([^;]+);`).exec(tree.get(path)?.text ?? '')?.[1] ?? '';
  return [...declaration.matchAll(/'([^']+)'/g)].map(([, literal = '']) => literal);
}

describe("the operator's page", () => {
  const tree = readTree();

  it('finds log lines however they are written', () => {
    const source = [
      "logger.warn('one');",
      "this.#options.logger.error(\n  'two', {});",
      "if (a) this.#warn('three', peer);",
      'logger.error(`$' + '{doing} four`, {});',
      "logger.info('five');",
    ].join('\n');
    expect(eventsIn(treeOf({ 'src/node/a.ts': source }))).to.deep.equal(['one', 'two', 'three', 'four']);
    expect(() => eventsIn(treeOf({ 'src/node/a.ts': 'logger.warn(event)' }))).to.throw('no literal');
  });

  it('explains every line of level warn or error', () => {
    const events = eventsIn(tree);
    expect(events.length).to.be.greaterThan(10);
    expect(events.filter((event) => !page.includes(event))).to.deep.equal([]);
  });

  it('has every change of role', () => {
    const events = rolesIn(tree);
    expect(events).to.include.members(['leads', 'stops leading', 'stands no longer']);
    expect(events.filter((event) => !page.includes(`\`${event}\``))).to.deep.equal([]);
  });

  it('explains every role and every note of STATUS', () => {
    const roles = literalsOf(tree, 'src/paxos/view.ts', 'RoleName');
    const notes = literalsOf(tree, 'src/paxos/message.ts', 'Ineligible').map((note) => note.replaceAll('-', ' '));
    expect(roles).to.include('learner');
    expect(notes).to.include('disk full');
    expect([...roles, ...notes].filter((word) => !page.includes(`| \`${word}\` |`))).to.deep.equal([]);
  });

  it('tells of no command that is not there', () => {
    const told = [...page.matchAll(/`([A-Z]{3,})(?: [^`]*)?`/g)].map(([, name = '']) => name);
    const known = [...COMMANDS.map(({ name }) => name), 'BUSY', 'NOQUORUM', 'SIGTERM'];
    expect(told).to.include('DRAIN');
    expect(told.filter((name) => !known.includes(name))).to.deep.equal([]);
  });
});
