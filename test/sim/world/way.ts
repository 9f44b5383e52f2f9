/**
 * One direction between two hosts, and what a connection's end needs of the network that carries it. Apart from both, so that
 * neither has to know the other's insides.
 */

import type { Connection, ConnectionEvents } from '#src/node/ports.js';
import type { Random } from './random.js';
import type { Span } from './sim-disk.js';
import type { Timeline } from './timeline.js';

export type Accept = (connection: Connection) => ConnectionEvents;

/** One direction between two hosts. */
export interface Way {
  readonly from: string;
  readonly to: string;
  readonly random: Random;
  delayMs: Span;
  /** How many faults cut it now. */
  cuts: number;
  /** Bytes a millisecond; what is beyond waits. */
  bytesPerMs: number;
}

export interface Carrier<End> {
  readonly timeline: Timeline;
  /** Chance that what is written arrives in pieces. */
  readonly splitting: number;
  delayOf(way: Way): number;
  isOff(host: string): boolean;
  forget(end: End): void;
}
