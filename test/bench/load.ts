/**
 * What a load generator is asked to do and what it reports, as plain data: the two cross a process boundary as JSON. The
 * generator runs in a process of its own so that its work is neither mixed with the measuring nor with what is measured.
 */

/** The protocol to speak: Synod's inline syntax, Redis' RESP, or etcd's gRPC. */
export type WireName = 'inline' | 'resp' | 'etcd';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** What the clients do: a random mix for a time, or a put of every key of the key space, once each. */
export type Work =
  | { readonly type: 'mix'; readonly putShare: number; readonly warmUpMs: number; readonly durationMs: number }
  | { readonly type: 'fill' };

export interface Load {
  readonly wire: WireName;
  /** Client i connects to target i modulo their number. */
  readonly targets: readonly Address[];
  readonly clients: number;
  /** Requests that each client keeps under way. */
  readonly depth: number;
  readonly valueBytes: number;
  readonly keys: number;
  readonly work: Work;
  /** Whether a client whose connection broke dials its target again until the end; otherwise that ends the run. */
  readonly reconnect: boolean;
}

/** A time in which no client at all got an acknowledgement. `startWallMs` is when the last one before it came. */
export interface Gap {
  readonly startWallMs: number;
  readonly ms: number;
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
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly p999: number; readonly max: number };
  /** Every pause of at least `gapFloorMs`, in order. */
  readonly gaps: readonly Gap[];
}

export const gapFloorMs = 5;

export const rateOf = (result: LoadResult): number => result.operations / result.seconds;
export const errorsOf = (result: LoadResult): number =>
  Object.values(result.errors).reduce((sum, count) => sum + count, 0);

/** `host:port`, with a bracketed or bare host. Throws a plain sentence. */
export function parseAddress(text: string): Address {
  const colon = text.lastIndexOf(':');
  const port = Number(text.slice(colon + 1));
  if (colon < 1 || !Number.isInteger(port) || port < 1 || port > 65535) throw new Error(`'${text}' is not host:port`);
  return { host: text.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port };
}
