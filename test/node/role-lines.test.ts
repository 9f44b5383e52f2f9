// Role changes as an operator reads them: what is worth a line without --log-level debug, and in which words.

import { expect } from 'chai';
import { replicaName } from '#src/base/ids.js';
import { RoleLines } from '#src/node/role-lines.js';
import type { RoleChange } from '#src/paxos/effects.js';
import { LogBook } from './support/log-book.js';

const A = replicaName('a');
const BALLOT = { round: 2, replica: A };

function told(...changes: readonly RoleChange[]): readonly string[] {
  const logger = new LogBook();
  const lines = new RoleLines(logger);
  for (const change of changes) lines.tell(change);
  return logger.lines;
}

describe('role changes as log lines', () => {
  it('say once that a replica stands, and that one stops leading only if it led', () => {
    expect(
      told(
        { type: 'stood', ballot: null, why: 'free' },
        { type: 'stood', ballot: BALLOT, why: '2 of 3 are willing' },
        { type: 'stopped', ballot: BALLOT, why: 'phase 1 was not complete in time' },
        { type: 'led', ballot: BALLOT },
        { type: 'stopped', ballot: BALLOT, why: 'handed over' },
        { type: 'stopped', ballot: null, why: 'bound' },
      ),
    ).to.deep.equal([
      'debug stands for leader {"why":"free"}',
      'info stands for leader {"ballot":"2.a","why":"2 of 3 are willing"}',
      'debug stands no longer {"ballot":"2.a","why":"phase 1 was not complete in time"}',
      'info leads {"ballot":"2.a"}',
      'info stops leading {"ballot":"2.a","why":"handed over"}',
      'debug stands no longer {"why":"bound"}',
    ]);
  });

  it('mention contacts to those who debug, and a learner to everybody', () => {
    expect(
      told(
        { type: 'lost-contact', peer: A },
        { type: 'gained-contact', peer: A },
        { type: 'became-learner', counted: null },
      ).map((line) => line.split(' ')[0]),
    ).to.deep.equal(['debug', 'debug', 'warn']);
  });

  it('blame no successor for a hand-over that nobody waited for', () => {
    const lines = told(
      { type: 'led', ballot: BALLOT },
      { type: 'stopped', ballot: BALLOT, why: 'handed over, the successor behind' },
    );
    expect(lines[1]).to.contain('without waiting longer').and.to.not.contain('behind');
  });
});
