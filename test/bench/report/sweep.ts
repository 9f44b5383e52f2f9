/** One factor at a time: what is varied, on which systems, and how the result is plotted. */
import { rateOf } from '../load.js';
import { whole } from '../report.js';
import type { Axis, Chart, Line } from './chart.js';
import type { Course, Measured, Step } from './course.js';
import { bytesText } from './markdown.js';
import { keysOfLargeValues, type Plan, usual } from './plan.js';
import { type Ground, installed, ofReplicas, type System, type SystemName, systemFacts } from './system.js';
import { type Work, work } from './work.js';

export interface Sweep {
  /** Of its section on the page and its files. */
  readonly name: string;
  readonly factor: string;
  varied(measured: Measured): number;
  textOf(value: number): string;
  course(plan: Plan, ground: Ground): Course;
  chart(kind: Work['kind'], all: readonly Measured[]): Chart;
}

const compared: readonly SystemName[] = ['etcd', 'redis', 'synod'];
const kinds = ['put', 'get'] as const;
const clients = 64;

const rateAxis: Axis = { name: 'commands a second', scale: 'log', textOf: whole };
const both = (many: number): readonly Work[] => kinds.map((kind) => work(kind, many));

/** A line for each system, in the order of what is varied. */
function linesOf(
  kind: Work['kind'],
  all: readonly Measured[],
  x: (measured: Measured) => number,
  y: (measured: Measured) => number,
  label: (measured: Measured) => string = () => '',
): readonly Line[] {
  const own = all.filter((one) => one.work.kind === kind);
  const names = compared.filter((name) => own.some(({ system }) => system.name === name));
  return names.map((name) => ({
    name: systemFacts[name].short,
    look: compared.indexOf(name),
    points: own
      .filter(({ system }) => system.name === name)
      .map((one) => ({ x: x(one), y: y(one), label: label(one) })),
  }));
}

/** Without zeros that say nothing. */
const plain = (value: number): string => value.toLocaleString('en');

const rate = ({ result }: Measured): number => rateOf(result);

const upper = (kind: Work['kind']): string => kind.toUpperCase();

const stepsOf = (
  steps: readonly Step[],
  name: string,
  systems: readonly System[],
  plan: Plan,
  parent: string,
): Course => ({
  name,
  systems,
  steps,
  pace: plan.sweeps,
  parent,
});

export const byClients: Sweep = {
  name: 'clients',
  factor: 'clients',
  varied: ({ work }) => work.clients,
  textOf: whole,
  course: (plan, ground) => {
    const works = plan.clients.flatMap(both);
    return stepsOf([{ ...usual, works }], 'clients', installed(compared, ground), plan, ground.parent);
  },
  chart: (kind, all) => ({
    title: `${upper(kind)}: latency against throughput as clients are added`,
    subtitle: 'numbers: clients, each with one request in flight; values of 100 bytes, 10,000 keys',
    x: { ...rateAxis, name: 'throughput, commands a second' },
    y: { name: 'median latency, ms', scale: 'log', textOf: plain },
    lines: linesOf(
      kind,
      all,
      rate,
      ({ result }) => result.latencyMs.p50,
      ({ work }) => whole(work.clients),
    ),
  }),
};

const byValueSize: Sweep = {
  name: 'value-size',
  factor: 'bytes of a value',
  varied: ({ step }) => step.valueBytes,
  textOf: bytesText,
  course: (plan, ground) => {
    const steps = plan.valueBytes.map((valueBytes) => ({ keys: keysOfLargeValues, valueBytes, works: both(clients) }));
    return stepsOf(steps, 'size of values', installed(compared, ground), plan, ground.parent);
  },
  chart: (kind, all) => ({
    title: `${upper(kind)}: throughput by the size of values`,
    subtitle: '64 clients, each with one request in flight; 1,000 keys',
    x: { name: 'size of a value', scale: 'log', textOf: bytesText },
    y: rateAxis,
    lines: linesOf(kind, all, ({ step }) => step.valueBytes, rate),
  }),
};

const byReplicas: Sweep = {
  name: 'replicas',
  factor: 'replicas',
  varied: ({ system }) => system.replicas,
  textOf: whole,
  course: (plan, ground) => {
    const systems = plan.replicas.flatMap((replicas) => ofReplicas(replicas, ground));
    return stepsOf([{ ...usual, works: both(clients * 4) }], 'replicas', systems, plan, ground.parent);
  },
  chart: (kind, all) => ({
    title: `${upper(kind)}: throughput by the number of replicas`,
    subtitle: '256 clients of the leader, each with one request in flight; all replicas share one machine',
    x: { name: 'replicas', scale: 'values', textOf: whole },
    y: { ...rateAxis, scale: 'linear' },
    lines: linesOf(kind, all, ({ system }) => system.replicas, rate),
  }),
};

const byKeys: Sweep = {
  name: 'keys',
  factor: 'keys',
  varied: ({ step }) => step.keys,
  textOf: whole,
  course: (plan, ground) => {
    const steps = plan.keys.map((keys) => ({ keys, valueBytes: usual.valueBytes, works: both(clients) }));
    const course = stepsOf(steps, 'keys', installed(compared, ground), plan, ground.parent);
    return { ...course, pace: plan.keySweep };
  },
  chart: (kind, all) => ({
    title: `${upper(kind)}: throughput by the number of keys`,
    subtitle: '64 clients, each with one request in flight; values of 100 bytes',
    x: { name: 'keys in the store', scale: 'log', textOf: whole },
    y: rateAxis,
    lines: linesOf(kind, all, ({ step }) => step.keys, rate),
  }),
};

/** Beside that of clients. */
export const otherSweeps: readonly Sweep[] = [byValueSize, byReplicas, byKeys];

/** The files that a sweep's plots go to, beside the page in a directory of their own. */
export const plotsOf = ({ name }: Sweep): readonly (readonly [kind: Work['kind'], file: string])[] =>
  kinds.map((kind) => [kind, `${name}-${kind}.svg`]);

/** Puts before gets, then by what was varied, then by system. */
export function inOrder({ varied }: Sweep, all: readonly Measured[]): readonly Measured[] {
  const rank = ({ work, system }: Measured): number => kinds.indexOf(work.kind) * 10 + compared.indexOf(system.name);
  return all.toSorted(
    (a, b) => kinds.indexOf(a.work.kind) - kinds.indexOf(b.work.kind) || varied(a) - varied(b) || rank(a) - rank(b),
  );
}
