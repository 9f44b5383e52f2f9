// A target must be told as met exactly from its limit on, and not at all when one side was not measured.
import { expect } from 'chai';
import type { LoadResult } from '../load.js';
import type { Measured } from './course.js';
import type { SystemName } from './system.js';
import { targetTable } from './target.js';
import { type Work, work } from './work.js';

function measured(name: SystemName, load: Work, rate: number, p50 = 1): Measured {
  const result: LoadResult = {
    operations: rate,
    seconds: 1,
    missing: 0,
    errors: {},
    lost: 0,
    cpu: 0.5,
    usage: { cpuSeconds: [], disk: { writes: 0, bytes: 0 } },
    latencyMs: { p50, p99: p50, p999: p50, max: p50 },
    gaps: [],
    slices: [],
  };
  const system = { name, replicas: 3, start: () => Promise.reject(new Error('not here')) };
  return { system, work: load, step: { keys: 1, valueBytes: 1, works: [] }, result, commandsPerSlot: undefined };
}

const calm = { half: { full: 100, paced: 50, p50: 1, p99: 5 }, idle: { cpu: 0.01, cpuAtFirst: 0.03, bytes: 80e6 } };
const one = work('put', 1);
const many = work('put', 256);
const get = work('get', 64);
const followed = work('get', 64, 1, 'follower');

describe('the targets', () => {
  const cases: readonly [name: string, table: readonly Measured[], row: string][] = [
    [
      'take latencies of one client, the limit included',
      [measured('synod', one, 1, 6), measured('etcd', one, 1, 10)],
      '| put, 1 client | p50 at most 0.6 × etcd’s | 0.60 × | met |',
    ],
    [
      'miss a latency above it',
      [measured('synod', one, 1, 6.1), measured('etcd', one, 1, 10)],
      '| put, 1 client | p50 at most 0.6 × etcd’s | 0.61 × | **missed** |',
    ],
    [
      'take rates of many',
      [measured('synod', many, 400), measured('etcd', many, 100)],
      '| put, 256 clients | rate at least 4 × etcd’s | 4.00 × | met |',
    ],
    [
      'are not met by as much where it should be more',
      [measured('synod', many, 100), measured('nats', many, 100)],
      '| put, 256 clients | rate more than 1 × NATS’s | 1.00 × | **missed** |',
    ],
    [
      'hold a follower against the leader',
      [measured('synod', get, 100), measured('synod', followed, 50)],
      '| get through a follower, 64 clients | rate at least 0.5 × the leader’s | 0.50 × | met |',
    ],
    [
      'are open where somebody was not measured',
      [measured('synod', one, 1)],
      '| put, 1 client | p50 at most 0.6 × etcd’s | not measured |  |',
    ],
    ['judge an even pace', [], '(p50 1.00 ms, p99 5.00 ms at 50/s, full speed 100/s) | met |'],
    ['judge an idle cluster', [], '| at most 80 MB resident | 80 MB | met |'],
  ];
  for (const [name, table, row] of cases) {
    it(name, () => {
      expect(targetTable({ table, clients: [], ...calm })).to.contain(row);
    });
  }

  it('hold 1,024 clients against the best number of them', () => {
    const clients = [measured('synod', work('put', 64), 100), measured('synod', work('put', 1024), 89)];
    expect(targetTable({ table: [], clients, ...calm })).to.match(/put, 1,024 clients .* 0.89 × of 64 .*missed/);
  });
});
