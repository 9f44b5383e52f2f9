/**
 * Every constant of time and size in the core, each with its reason. Three are options of the daemon; the others follow from
 * them or were chosen once. Units stand last in a name.
 */

export interface Timing {
  /** How often a replica says that it is there. Option. A tenth of a human blink; 20 small frames a second per peer. */
  readonly heartbeatMs: number;
  /** How long a grant binds an acceptor. Option. Six heartbeats: five may be lost in a row before a healthy leader loses it. */
  readonly leaseMs: number;
}

export const DEFAULT_TIMING: Timing = { heartbeatMs: 50, leaseMs: 300 };

/** A link counts as up while a heartbeat sent within three intervals was echoed: two may be lost. */
export const contactMs = (timing: Timing): number => 3 * timing.heartbeatMs;

/** How long anything may take before it counts as trouble: a phase 1, a disk write, the absent at the founding. */
export const PATIENCE_MS = 1_000;

/** Trouble is forgotten after this long without more of it, and keeps nobody from leading for longer. */
export const FORGIVE_MS = 30_000;

/** How long a leader holds back writes for its successor to catch up: well under what a client notices. */
export const DRAIN_MS = 30;

/** Bound on the relative drift of two monotonic clocks: ten times what a bad quartz does. */
export const CLOCK_DRIFT = 0.01;

/** Taken off every lease, for the granularity of clocks and the way from a reading to its use. */
export const CLOCK_SLACK_MS = 20;

/** A replica more than this many slots behind neither leads nor numbers commands. */
export const LAG_SLOTS = 10_000;

/** Slots in flight: few enough that a busy leader gathers large batches, many enough to hide a disk write's latency. */
export const WINDOW_SLOTS = 64;

/** Bytes in flight; one value larger than this still goes, alone. */
export const WINDOW_BYTES = 16 * 1024 * 1024;

/** What gets through in this time leaves room for more; what takes three times as long is too much at once. */
export const QUICK_MS = 100;

/** What a leader holds admitted but not yet proposed; beyond it parcels are dropped, and their origins send them again. */
export const QUEUE_BYTES = 32 * 1024 * 1024;

/** Where a batch is closed although more waits: bounds the time one slot takes to send, log and apply. */
export const BATCH_BYTES = 1024 * 1024;

/** What busy links get through at least, 4 MiB a second: what is large has that much more time before it counts as stuck. */
export const SLOW_BYTES_PER_MS = 4 * 1024;

/** Slots asked for by one Fetch. */
export const FETCH_SLOTS = 2_048;

/** Bytes of values in one answer to a Fetch (a single larger value still goes, alone). */
export const FETCH_BYTES = 512 * 1024;

/** Bytes of decided values that are applied in one turn of the event loop, some 3 ms, longer on a shared core; more waits. */
export const TURN_BYTES = 256 * 1024;

/** Bytes of decided values that wait to be applied; beyond it no more are asked for. */
export const READY_BYTES = 4 * 1024 * 1024;

/** Bytes of a snapshot in one message: as much as a peer's event loop and a link with other traffic take without a hitch. */
export const SNAPSHOT_PART_BYTES = 256 * 1024;

/** What an acceptor holds in memory behind a gap in its slots; beyond it, it fetches before it votes for more. */
export const HELD_BYTES = 64 * 1024 * 1024;

/** Runs in one Promise: a frame of a few dozen KB. */
export const PROMISE_RUNS = 1_000;

/** How often a leader lets states be compared while one has to prove itself. */
export const PROVE_MS = 1_000;

/** A leader's stamp that has fallen this far below the cluster's time steps up to it. */
export const STAMP_STEP_MS = 10_000;
