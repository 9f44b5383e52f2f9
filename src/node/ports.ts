/**
 * What a replica needs of the world besides files (store/files.ts), time and chance (base/clock.ts): connections, and a look at
 * its own process. `host/`
 * implements them over Node, the simulator over one seed. Nothing else under src/node may reach outside the process.
 */

/** What a connection tells its owner. `closed` is the last call, made exactly once, whoever closed. */
export interface ConnectionEvents {
  /** The bytes are valid during the call only; keep a copy of what is needed longer. */
  data(bytes: Uint8Array): void;
  /** The other side sends no more (half-open); it may still read. */
  ended(): void;
  /** What was buffered has gone to the kernel (after `write` made `buffered` non-zero). */
  drained(): void;
  /** `reason` is '' for an orderly end. */
  closed(reason: string): void;
}

export interface Connection {
  /** `host:port` of the other side, for logs. */
  readonly remote: string;
  /** Bytes written but not yet taken by the kernel. */
  readonly buffered: number;
  /** A string is latin1, one character a byte. */
  write(bytes: Uint8Array | string): void;
  /** Stop and go on reading: back-pressure. */
  pause(): void;
  resume(): void;
  /** Sends what is buffered, then closes. */
  end(): void;
  /** Closes at once. */
  destroy(): void;
}

export interface Listener {
  /** The address bound, with the real port where 0 was asked for. */
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

export interface Net {
  /** Rejects with a CodedError (`address-in-use`, `address-not-available`, …). */
  listen(host: string, port: number, accept: (connection: Connection) => ConnectionEvents): Promise<Listener>;
  /** Resolves the name and connects; rejects with a CodedError when that fails. `events` is asked for once connected. */
  dial(host: string, port: number, connected: (connection: Connection) => ConnectionEvents): Promise<Connection>;
}

/** How long timers of the event loop took from one millisecond to the next: about 1.1 ms each in a process at rest. */
export interface LoopDelays {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
}

/** What a process knows of itself; for STATUS. */
export interface Meter {
  residentBytes(): number;
  /** Measured since `measureLoop` was last called; null when it never was. */
  loopDelays(): LoopDelays | null;
  /** Begins to measure, or begins anew. A process at rest spends some 2 % of a core on it. */
  measureLoop(): void;
}
