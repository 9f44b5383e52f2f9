/** How long a report measures what: in full for the docs, or quickly, to see that it works. */

export interface Pace {
  readonly rounds: number;
  readonly warmUpMs: number;
  readonly durationMs: number;
}

/**
 * An idle cluster is looked at when it has begun, and later: what it does over and over is compiled only when it has done
 * so for minutes.
 */
export interface IdlePace {
  readonly forMs: number;
  readonly againAfterMs: number;
}

export interface Plan {
  readonly table: Pace;
  readonly sweeps: Pace;
  /** Of the sweep whose filling takes longest. */
  readonly keySweep: Pace;
  readonly half: Pace;
  readonly idle: IdlePace;
  readonly clients: readonly number[];
  readonly valueBytes: readonly number[];
  readonly replicas: readonly number[];
  readonly keys: readonly number[];
}

export type PlanName = 'full' | 'quick';

export const plans: Readonly<Record<PlanName, Plan>> = {
  full: {
    table: { rounds: 3, warmUpMs: 1500, durationMs: 2500 },
    sweeps: { rounds: 2, warmUpMs: 700, durationMs: 1500 },
    keySweep: { rounds: 1, warmUpMs: 1000, durationMs: 3000 },
    half: { rounds: 3, warmUpMs: 2000, durationMs: 4000 },
    idle: { forMs: 20_000, againAfterMs: 240_000 },
    clients: [1, 4, 16, 64, 256, 512, 1024],
    valueBytes: [10, 100, 1000, 10_000, 100_000],
    replicas: [1, 3, 5],
    keys: [10_000, 100_000, 1_000_000],
  },
  quick: {
    table: { rounds: 1, warmUpMs: 200, durationMs: 400 },
    sweeps: { rounds: 1, warmUpMs: 100, durationMs: 300 },
    keySweep: { rounds: 1, warmUpMs: 100, durationMs: 300 },
    half: { rounds: 1, warmUpMs: 300, durationMs: 500 },
    idle: { forMs: 500, againAfterMs: 500 },
    clients: [1, 32, 1024],
    valueBytes: [10, 1000, 100_000],
    replicas: [1, 3, 5],
    keys: [10_000, 50_000],
  },
};

/** Unless a sweep says otherwise. */
export const usual = { keys: 10_000, valueBytes: 100 };
/** Of the sweep of the size of values: 100 KB each make 100 MB. */
export const keysOfLargeValues = 1000;
