/** What a run is told: by its command line, or by a test. */
import type { FaultKind } from './faults.js';

export type Network = 'auto' | 'namespaces' | 'proxies';

export interface RunOptions {
  readonly replicas: number;
  readonly faults: readonly FaultKind[];
  /** For which faults go on; what comes before and after takes its own time. */
  readonly durationMs: number;
  readonly seed: number;
  /** Per replica. */
  readonly clients: number;
  /** Where the data goes; undefined: on a real disk. */
  readonly data: string | undefined;
  readonly network: Network;
  /** Tells the story as it happens. */
  readonly explain: boolean;
}
