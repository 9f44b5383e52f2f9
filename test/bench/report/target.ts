/**
 * What Synod wants to reach, as ratios to what others reach in the same run, and whether it does. It is more than the bench
 * asks for by default (../scenario.ts).
 */
import { rateOf } from '../load.js';
import type { Measured } from './course.js';
import { bytesText, markdownTable, ms, perSecond, times } from './markdown.js';
import type { HalfFigures, IdleFigures } from './own.js';
import type { SystemName } from './system.js';
import { find } from './table.js';
import { type Work, work } from './work.js';

/** What there is to judge by. A system that is not installed is in none of them. */
interface Findings {
  readonly table: readonly Measured[];
  /** Of the sweep of clients. */
  readonly clients: readonly Measured[];
  readonly half: HalfFigures;
  readonly idle: IdleFigures;
}

interface Judged {
  readonly met: boolean;
  readonly measured: string;
}

interface Target {
  readonly what: string;
  readonly wanted: string;
  /** Undefined: it cannot be told. */
  judge(findings: Findings): Judged | undefined;
}

const most = 'at most';
const least = 'at least';
type Bound = typeof most | typeof least | 'more than';

function holds(bound: Bound, value: number, limit: number): boolean {
  if (bound === most) return value <= limit;
  return bound === least ? value >= limit : value > limit;
}

const titles: Readonly<Record<string, string>> = { etcd: 'etcd', nats: 'NATS', redis: 'Redis' };

/** A rate against another system's, or of one client the median latency. */
function against(name: SystemName, what: string, load: Work, bound: Bound, limit: number): Target {
  const figure = load.clients === 1 ? 'p50' : 'rate';
  const of = ({ result }: Measured): number => (figure === 'p50' ? result.latencyMs.p50 : rateOf(result));
  return {
    what,
    wanted: `${figure} ${bound} ${limit} × ${titles[name] ?? name}’s`,
    judge({ table }) {
      const own = find(table, 'synod', load);
      const other = find(table, name, load);
      if (own === undefined || other === undefined) return undefined;
      const ratio = of(own) / of(other);
      return { met: holds(bound, ratio, limit), measured: times(ratio) };
    },
  };
}

function followers(what: string, clients: number, depth: number): Target {
  const limit = 0.5;
  return {
    what,
    wanted: `rate ${least} ${limit} × the leader’s`,
    judge({ table }) {
      const led = find(table, 'synod', work('get', clients, depth));
      const followed = find(table, 'synod', work('get', clients, depth, 'follower'));
      if (led === undefined || followed === undefined) return undefined;
      const ratio = rateOf(followed.result) / rateOf(led.result);
      return { met: ratio >= limit, measured: times(ratio) };
    },
  };
}

function manyClients(kind: Work['kind'], clients: number): Target {
  const limit = 0.9;
  return {
    what: `${kind}, ${clients.toLocaleString('en')} clients`,
    wanted: `rate ${least} ${limit} × that of the best number of clients`,
    judge({ clients: all }) {
      const own = all.filter(({ system, work }) => system.name === 'synod' && work.kind === kind);
      const many = own.find(({ work }) => work.clients === clients);
      const [best] = own.toSorted((a, b) => rateOf(b.result) - rateOf(a.result));
      if (many === undefined || best === undefined) return undefined;
      const ratio = rateOf(many.result) / rateOf(best.result);
      return { met: ratio >= limit, measured: `${times(ratio)} of ${best.work.clients.toLocaleString('en')} clients’` };
    },
  };
}

const atHalf: Target = {
  what: 'put at half of full speed, at an even pace',
  wanted: 'p99 at most 5 × p50',
  judge({ half }) {
    const ratio = half.p99 / half.p50;
    const figures = `p50 ${ms(half.p50)}, p99 ${ms(half.p99)} at ${perSecond(half.paced)}, full speed ${perSecond(half.full)}`;
    return { met: ratio <= 5, measured: `${times(ratio)} (${figures})` };
  },
};

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

const idleCpu: Target = {
  what: 'an idle replica of three',
  wanted: 'at most 1 % of a core',
  judge: ({ idle }) => ({
    met: idle.cpu <= 0.01,
    measured: `${percent(idle.cpu)} after some minutes (${percent(idle.cpuAtFirst)} in the first)`,
  }),
};

const idleMemory: Target = {
  what: 'an idle replica of three',
  wanted: 'at most 80 MB resident',
  judge: ({ idle }) => ({ met: idle.bytes <= 80e6, measured: bytesText(idle.bytes) }),
};

const targets: readonly Target[] = [
  against('etcd', 'put, 1 client', work('put', 1), most, 0.6),
  against('etcd', 'put, 256 clients', work('put', 256), least, 4),
  against('nats', 'put, 256 clients', work('put', 256), 'more than', 1),
  against('redis', 'put, 64 clients × 16 in flight', work('put', 64, 16), least, 0.5),
  against('etcd', 'get, 64 clients', work('get', 64), least, 7),
  against('redis', 'get, 64 clients', work('get', 64), least, 0.65),
  against('redis', 'get, 64 clients × 16 in flight', work('get', 64, 16), least, 0.9),
  followers('get through a follower, 64 clients', 64, 1),
  followers('get through a follower, 64 clients × 16 in flight', 64, 16),
  atHalf,
  manyClients('put', 1024),
  manyClients('get', 1024),
  idleCpu,
  idleMemory,
];

export function targetTable(findings: Findings): string {
  const rows = targets.map(({ what, wanted, judge }) => {
    const judged = judge(findings);
    if (judged === undefined) return [what, wanted, 'not measured', ''];
    return [what, wanted, judged.measured, judged.met ? 'met' : '**missed**'];
  });
  return markdownTable(['', 'target', 'measured', ''], rows);
}
