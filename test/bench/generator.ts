/**
 * The load generator's process: takes one `Load` as JSON in its only argument, prints one `LoadResult` as a line of JSON and
 * exits 0; what went wrong is one line on stderr and exit code 1. Started by run-load.ts.
 */
import { messageOf } from '#src/base/errors.js';
import { BenchClient } from './bench-client.js';
import { Chance } from './chance.js';
import { EtcdConversation } from './etcd-wire.js';
import { InlineConversation, RespConversation } from './line-wires.js';
import type { Load, LoadResult } from './load.js';
import { Tally } from './tally.js';
import type { Conversation } from './wire.js';

const keyDigits = 10;
const keyOf = (n: number): string => `key:${String(n).padStart(keyDigits, '0')}`;

function converse(load: Load): Conversation {
  if (load.wire === 'etcd') return new EtcdConversation(load.valueBytes);
  return load.wire === 'resp' ? new RespConversation() : new InlineConversation();
}

/** Says what each client does next. Keys and values are plain letters and digits, which no protocol has to quote. */
function planOf(load: Load): (conversation: Conversation, sequence: number) => string {
  const value = 'v'.repeat(load.valueBytes);
  const { work } = load;
  if (work.type === 'fill') {
    let filled = 0;
    return (conversation, sequence) => (filled === load.keys ? '' : conversation.put(sequence, keyOf(filled++), value));
  }
  const chance = new Chance(20_011);
  return (conversation, sequence) => {
    const key = keyOf(Math.floor(chance.fraction() * load.keys));
    if (work.putShare === 1 || chance.fraction() < work.putShare) return conversation.put(sequence, key, value);
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

async function run(load: Load): Promise<LoadResult> {
  const tally = new Tally();
  let failed: (error: Error) => void = () => {};
  const failure = new Promise<never>((_resolve, reject) => {
    failed = reject;
  });
  const next = planOf(load);
  const idle: Promise<void>[] = [];
  const clients = Array.from({ length: load.clients }, (_, i) => {
    const target = load.targets[i % load.targets.length];
    if (target === undefined) throw new Error('no target');
    let nowIdle = (): void => {};
    idle.push(new Promise((resolve) => (nowIdle = resolve)));
    const broke = (reason: string): boolean => {
      if (!load.reconnect) failed(new Error(`${target.host}:${target.port}: ${reason}`));
      return load.reconnect;
    };
    return new BenchClient({
      target,
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
  if (load.work.type === 'mix') await Promise.race([elapse(load.work.warmUpMs), failure]);
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  tally.counting = true;
  const over = load.work.type === 'mix' ? elapse(load.work.durationMs) : Promise.all(idle);
  await Promise.race([over, toldToFinish(), failure]);
  tally.finish(performance.now());
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  for (const client of clients) client.stop();
  return resultOf(tally, seconds, (user + system) / 1e6 / seconds);
}

function resultOf(tally: Tally, seconds: number, cpu: number): LoadResult {
  const ms = (fraction: number): number => tally.latency.percentile(fraction) / 1000;
  return {
    operations: tally.operations,
    seconds,
    missing: tally.missing,
    errors: Object.fromEntries(tally.errors),
    lost: tally.lost,
    cpu,
    latencyMs: { p50: ms(0.5), p99: ms(0.99), p999: ms(0.999), max: tally.latency.largest / 1000 },
    gaps: tally.gaps,
  };
}

try {
  const result = await run(JSON.parse(process.argv[2] ?? '') as Load);
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit());
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`, () => process.exit(1));
}
