/**
 * The arithmetic of what a command costs: processor time by process, bytes and writes of the disk, commands in a slot of
 * the log.
 */
import { rateOf } from '../load.js';
import { milliseconds } from '../report.js';
import type { Measured } from './course.js';
import { bytesText, figure, markdownTable, perSecond } from './markdown.js';
import { systemFacts } from './system.js';

interface Cost {
  /** Commands a second. */
  readonly rate: number;
  /** Microseconds of processor time for a command. */
  readonly leader: number;
  /** The mean of all others. Undefined: there is none. */
  readonly follower: number | undefined;
  readonly generator: number;
  /** Processors in use: by the leader, and by all these processes together. */
  readonly leaderCores: number;
  readonly cores: number;
  /** On the disk, which all members share, for a command. */
  readonly diskBytes: number;
  /** A second. */
  readonly diskWrites: number;
}

/** 0 stands where the system does not tell. */
function costOf({ result }: Measured): Cost {
  const rate = rateOf(result);
  const { cpuSeconds, disk } = result.usage;
  const [leader = 0, ...others] = cpuSeconds.map((seconds) => seconds / result.seconds);
  const followers = others.reduce((sum, seconds) => sum + seconds, 0);
  const micros = (coresUsed: number): number => (coresUsed / rate) * 1e6;
  return {
    rate,
    leader: micros(leader),
    follower: others.length === 0 ? undefined : micros(followers / others.length),
    generator: micros(result.cpu),
    leaderCores: leader,
    cores: leader + followers + result.cpu,
    diskBytes: disk.bytes / result.seconds / rate,
    diskWrites: disk.writes / result.seconds,
  };
}

const head = ['system', 'commands/s', 'p50 ms', 'p99 ms', 'leader, CPU µs', 'each other, CPU µs', 'generator, CPU µs'];
const headOfUse = ['leader, cores', 'all, cores', 'bytes on disk', 'disk writes/s', 'commands in a slot'];

/** A row for each, with what `labelOf` says of it in the first column. CPU and bytes are for one command. */
export function costTable(factor: string, all: readonly Measured[], labelOf: (measured: Measured) => string): string {
  const labels = all.map(labelOf);
  const rows = all.map((measured, i) => [labels[i] === labels[i - 1] ? '' : (labels[i] ?? ''), ...costRow(measured)]);
  return markdownTable([factor, ...head, ...headOfUse], rows, 2);
}

function costRow(measured: Measured): readonly string[] {
  const { result, work, system, commandsPerSlot } = measured;
  const cost = costOf(measured);
  const { p50, p99 } = result.latencyMs;
  // A file system that is on no device of its own tells nothing.
  const writes = work.kind === 'put' && cost.diskWrites > 0;
  return [
    systemFacts[system.name].short,
    perSecond(cost.rate),
    milliseconds(p50),
    milliseconds(p99),
    figure(cost.leader),
    cost.follower === undefined ? '–' : figure(cost.follower),
    figure(cost.generator),
    cost.leaderCores.toFixed(2),
    cost.cores.toFixed(2),
    writes ? bytesText(cost.diskBytes) : '–',
    writes ? figure(cost.diskWrites) : '–',
    commandsPerSlot === undefined ? '–' : figure(commandsPerSlot),
  ];
}
