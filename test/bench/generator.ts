/**
 * The load generator's process: takes one `Load` as JSON in its only argument, prints one `LoadResult` as a line of JSON and
 * exits 0; what went wrong is one line on stderr and exit code 1. Started by run-load.ts.
 */
import { messageOf } from '#src/base/errors.js';
import { BenchClient } from './bench-client.js';
import { EtcdConversation } from './etcd-wire.js';
import { InlineConversation, RespConversation } from './line-wires.js';
import { keyOf, type Load, type LoadResult, valueOfBytes } from './load.js';
import { NatsConversation } from './nats-wire.js';
import { Spread } from './spread.js';
import { Tally } from './tally.js';
import { Meter, type Usage } from './usage.js';
import type { Conversation } from './wire.js';
import { ZooKeeperConversation } from './zookeeper-wire.js';

function converse(load: Load): Conversation {
  switch (load.wire) {
    case 'inline':
      return new InlineConversation();
    case 'resp':
      return new RespConversation();
    case 'etcd':
      return new EtcdConversation(load.valueBytes);
    case 'nats':
      return new NatsConversation();
    case 'zookeeper':
      return new ZooKeeperConversation(load.work.type === 'fill');
  }
}

/** Says what each client does next. */
function planOf(load: Load): (conversation: Conversation, sequence: number) => string {
  const value = valueOfBytes(load.valueBytes);
  const { work } = load;
  if (work.type === 'fill') {
    let filled = 0;
    return (conversation, sequence) => (filled === load.keys ? '' : conversation.put(sequence, keyOf(filled++), value));
  }
  const putShare = work.type === 'mix' ? work.putShare : 1;
  const spread = new Spread(20_011);
  const keys = Array.from({ length: load.keys }, (_, n) => keyOf(n));
  return (conversation, sequence) => {
    const key = keys[spread.below(load.keys)] ?? '';
    if (putShare === 1 || spread.chance(putShare)) return conversation.put(sequence, key, value);
    return conversation.get(sequence, key);
  };
}

const elapse = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

/** The parent closes our stdin when it has seen enough. */
function toldToFinish(): Promise<void> {
  return new Promise((resolve) => {
    process.stdin.on('end', resolve).resume();
  });
}

const tickMs = 1;

/**
 * When requests are due at so many a second, shared among clients in turn. Times are those of ticks, so that what a tick sends
 * together was due together, and a generator that is late counts as latency.
 */
function dueAt({ work, clients }: Load, startedAt: number): (client: number) => ((n: number) => number) | undefined {
  if (work.type !== 'paced') return () => undefined;
  const everyMs = 1000 / work.perSecond;
  return (client) => (n) => startedAt + Math.ceil(((n * clients + client) * everyMs) / tickMs) * tickMs;
}

function sendDue(clients: readonly BenchClient[]): void {
  const now = performance.now();
  for (const client of clients) client.sendDue(now);
}

async function run(load: Load): Promise<LoadResult> {
  const tally = new Tally(load.work.type === 'paced');
  let failed: (error: Error) => void = () => {};
  const failure = new Promise<never>((_resolve, reject) => {
    failed = reject;
  });
  const next = planOf(load);
  const idle: Promise<void>[] = [];
  const due = dueAt(load, performance.now());
  const clients = Array.from({ length: load.clients }, (_, i) => {
    const target = load.targets[i % load.targets.length];
    if (target === undefined) throw new Error('no target');
    let nowIdle = (): void => {};
    idle.push(new Promise((resolve) => (nowIdle = resolve)));
    const broke = (reason: string): boolean => {
      if (!load.reconnect) failed(new Error(`${target.host}:${target.port}: ${reason}`));
      return load.reconnect;
    };
    const ownDue = due(i);
    return new BenchClient({
      target,
      ...(ownDue === undefined ? {} : { due: ownDue }),
      depth: load.depth,
      tally,
      converse: () => converse(load),
      next,
      broke,
      idle: nowIdle,
    });
  });
  tally.counting = load.work.type === 'fill';
  await Promise.race([Promise.all(clients.map((client) => client.start())), failure]);
  if (load.work.type === 'paced') setInterval(() => sendDue(clients), tickMs);
  if (load.work.type !== 'fill') await Promise.race([elapse(load.work.warmUpMs), failure]);
  const meter = new Meter(load.watch);
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  tally.counting = true;
  await Promise.race([overFor(load.work, idle), toldToFinish(), failure]);
  tally.finish(performance.now());
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  const usage = meter.read();
  for (const client of clients) client.stop();
  return resultOf(tally, seconds, (user + system) / 1e6 / seconds, usage);
}

function overFor(work: Load['work'], idle: readonly Promise<void>[]): Promise<unknown> {
  switch (work.type) {
    case 'mix':
      return elapse(work.durationMs);
    case 'paced':
      return new Promise(() => undefined);
    case 'fill':
      return Promise.all(idle);
  }
}

function resultOf(tally: Tally, seconds: number, cpu: number, usage: Usage): LoadResult {
  const ms = (fraction: number): number => tally.latency.percentile(fraction) / 1000;
  return {
    operations: tally.operations,
    seconds,
    missing: tally.missing,
    errors: Object.fromEntries(tally.errors),
    lost: tally.lost,
    cpu,
    usage,
    latencyMs: { p50: ms(0.5), p99: ms(0.99), p999: ms(0.999), max: tally.latency.largest / 1000 },
    gaps: tally.gaps,
    slices: tally.slices,
  };
}

try {
  const result = await run(JSON.parse(process.argv[2] ?? '') as Load);
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit());
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`, () => process.exit(1));
}
