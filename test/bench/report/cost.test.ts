// The arithmetic is what the prose of the report rests on: a command's share of what was used in the measured time, by process.
import { expect } from 'chai';
import { costTable } from './cost.js';
import type { Measured } from './course.js';
import { work } from './work.js';

function measured(kind: 'put' | 'get', cpuSeconds: readonly number[], commandsPerSlot?: number): Measured {
  return {
    system: { name: 'synod', replicas: 3, start: () => Promise.reject(new Error('not here')) },
    step: { keys: 1, valueBytes: 1, works: [] },
    work: work(kind, 64),
    result: {
      operations: 20_000,
      seconds: 2,
      missing: 0,
      errors: {},
      lost: 0,
      cpu: 0.5,
      usage: { cpuSeconds, disk: { writes: 1000, bytes: 8e6 } },
      latencyMs: { p50: 1, p99: 20, p999: 30, max: 40 },
      gaps: [],
      slices: [],
    },
    commandsPerSlot,
  };
}

describe('the cost of a command', () => {
  const cases: readonly [name: string, measured: Measured, row: string][] = [
    [
      'is shared out to the leader, to each other and to the generator',
      measured('put', [1, 0.5, 0.3], 12.5),
      '| x | Synod | 10,000/s | 1.00 | 20.0 | 50.0 | 20.0 | 50.0 | 0.50 | 1.40 | 400 B | 500 | 12.5 |',
    ],
    [
      'is that of one where there are no others',
      measured('put', [1]),
      '| x | Synod | 10,000/s | 1.00 | 20.0 | 50.0 | – | 50.0 | 0.50 | 1.00 | 400 B | 500 | – |',
    ],
    [
      'has no disk in it where nothing is written',
      measured('get', [1, 0.5, 0.3]),
      '| x | Synod | 10,000/s | 1.00 | 20.0 | 50.0 | 20.0 | 50.0 | 0.50 | 1.40 | – | – | – |',
    ],
  ];
  for (const [name, one, row] of cases) {
    it(name, () => {
      expect(costTable('', [one], () => 'x')).to.contain(row);
    });
  }

  it('tells what rows have in common once', () => {
    const rows = costTable('', [measured('put', [1]), measured('get', [1])], () => 'x').split('\n');
    expect(rows.slice(2).map((row) => row.slice(0, 10))).to.deep.equal(['| x | Syno', '|  | Synod']);
  });
});
