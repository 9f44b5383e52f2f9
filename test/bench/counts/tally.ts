/**
 * What is counted of a run, over all of its replicas: the names, what they are called in a table, and the counter itself. What
 * counts ought to be is known elsewhere.
 */

export interface Count {
  readonly label: string;
  /** Slabs: bytes that are had many kilobytes at a time, and by each link for itself, so that some more or fewer are chance. */
  readonly unit: 'times' | 'bytes' | 'slabs';
}

const times = (label: string): Count => ({ label, unit: 'times' });
const bytes = (label: string): Count => ({ label, unit: 'bytes' });

/** What the ports and the cores tell: to the digit the same in each run. */
const PORT_COUNTS = {
  clientWrites: times('writes to clients’ sockets'),
  peerWrites: times('writes to peers’ sockets'),
  frames: times('frames to peers'),
  messages: times('messages from peers'),
  encodes: times('encodes (different buffers to peers)'),
  peerBytes: bytes('bytes to peers'),
  logWrites: times('writes to the log'),
  logBytes: bytes('bytes to the log'),
  otherDisk: times('other disk operations'),
  slots: times('slots decided'),
  steps: times('steps of the cores'),
} satisfies Record<string, Count>;

/** What the heap tells: not quite the same. */
const HEAP_COUNTS = {
  heapBytes: bytes('bytes on the heap'),
  arrayBytes: { label: 'bytes of array buffers', unit: 'slabs' },
} satisfies Record<string, Count>;

export const COUNTS = { ...PORT_COUNTS, ...HEAP_COUNTS };

export type PortCountName = keyof typeof PORT_COUNTS;
export type CountName = keyof typeof COUNTS;
export type PortCounts = Readonly<Record<PortCountName, number>>;
export type HeapCounts = Readonly<Record<keyof typeof HEAP_COUNTS, number>>;
export type Counts = Readonly<Record<CountName, number>>;

export const COUNT_NAMES = Object.keys(COUNTS) as CountName[];
const PORT_COUNT_NAMES = Object.keys(PORT_COUNTS) as PortCountName[];

/** Counts up. Slots are the cluster's: each is counted once, by whoever knows how far the leader has come. */
export class Tally implements Record<PortCountName, number> {
  clientWrites = 0;
  peerWrites = 0;
  frames = 0;
  messages = 0;
  encodes = 0;
  peerBytes = 0;
  logWrites = 0;
  logBytes = 0;
  otherDisk = 0;
  slots = 0;
  steps = 0;

  /** As it stands now. */
  read(): PortCounts {
    return portCounts((name) => this[name]);
  }
}

/** A count for each name. */
export function portCounts(count: (name: PortCountName) => number): PortCounts {
  return Object.fromEntries(PORT_COUNT_NAMES.map((name) => [name, count(name)])) as PortCounts;
}
