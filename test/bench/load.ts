/**
 * What a load generator is asked to do and what it reports, as plain data: the two cross a process boundary as JSON. The
 * generator runs in a process of its own so that its work is neither mixed with the measuring nor with what is measured.
 */

import type { Counts } from './histogram.js';
import type { Usage, Watch } from './usage.js';

const keyDigits = 10;
/** Keys and values are plain letters and digits, which no protocol has to quote. */
export const keyOf = (n: number): string => `key:${String(n).padStart(keyDigits, '0')}`;
export const valueOfBytes = (bytes: number): string => 'v'.repeat(bytes);

/** The protocol to speak: Synod's inline syntax, Redis' RESP, etcd's gRPC, or those of NATS and ZooKeeper. */
export type WireName = 'inline' | 'resp' | 'etcd' | 'nats' | 'zookeeper';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * What the clients do: a random mix for a time, random puts at a given pace until told to finish, or a put of every key of the
 * key space, once each.
 */
export type Work =
  | { readonly type: 'mix'; readonly putShare: number; readonly warmUpMs: number; readonly durationMs: number }
  | { readonly type: 'paced'; readonly perSecond: number; readonly warmUpMs: number }
  | { readonly type: 'fill' };

export interface Load {
  readonly wire: WireName;
  /** Client i connects to target i modulo their number. */
  readonly targets: readonly Address[];
  readonly clients: number;
  /** Requests that each client keeps under way; of a paced load, those it may have under way. */
  readonly depth: number;
  readonly valueBytes: number;
  readonly keys: number;
  readonly work: Work;
  /** Whether a client whose connection broke dials its target again until the end; otherwise that ends the run. */
  readonly reconnect: boolean;
  /** Whose use of the machine is measured while operations are counted; nobody's by default. */
  readonly watch?: Watch;
}

/** A time in which no client at all got an acknowledgement. `startWallMs` is when the last one before it came. */
export interface Gap {
  readonly startWallMs: number;
  readonly ms: number;
}

/** What was answered in `sliceMs` from `startWallMs` on; latencies of a paced load count from when a request was due. */
export interface Slice {
  readonly startWallMs: number;
  readonly latencies: Counts;
}

export interface LoadResult {
  /** Acknowledged operations after the warm-up. */
  readonly operations: number;
  readonly seconds: number;
  /** GETs that found nothing. */
  readonly missing: number;
  /** Error replies, by their text. */
  readonly errors: Readonly<Record<string, number>>;
  /** Requests whose reply never came because the connection broke. */
  readonly lost: number;
  /** Cores which the generator itself used. */
  readonly cpu: number;
  /** What those who were watched used in the same time. */
  readonly usage: Usage;
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly p999: number; readonly max: number };
  /** Every pause of at least `gapFloorMs`, in order. */
  readonly gaps: readonly Gap[];
  /** Of a paced load, in order; one in which nothing was answered is left out. */
  readonly slices: readonly Slice[];
}

export const sliceMs = 100;
export const gapFloorMs = 5;

export const rateOf = (result: LoadResult): number => result.operations / result.seconds;
export const errorsOf = (result: LoadResult): number =>
  Object.values(result.errors).reduce((sum, count) => sum + count, 0);

/** Of those that touch the time between two moments of the wall clock. */
export function longestGap({ gaps }: LoadResult, { from, to }: { from: number; to: number }): number {
  return gaps
    .filter(({ startWallMs, ms }) => startWallMs < to && startWallMs + ms > from)
    .reduce((most, { ms }) => Math.max(most, ms), 0);
}

/** `host:port`, with a bracketed or bare host. Throws a plain sentence. */
export function parseAddress(text: string): Address {
  const colon = text.lastIndexOf(':');
  const port = Number(text.slice(colon + 1));
  if (colon < 1 || !Number.isInteger(port) || port < 1 || port > 65535) throw new Error(`'${text}' is not host:port`);
  return { host: text.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port };
}
