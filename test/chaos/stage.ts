/** What faults are played on: the replicas and what they run over, the run's chance, and its story. */
import type { Random } from '../sim/world/random.js';
import type { Crew } from './crew.js';
import type { Disks } from './disks.js';
import type { Story } from './story.js';
import type { Wires } from './wires.js';

export interface Stage {
  readonly crew: Crew;
  /** There for the faults that need them. */
  readonly wires: Wires | undefined;
  readonly disks: Disks | undefined;
  readonly random: Random;
  readonly story: Story;
  readonly leaseMs: number;
  /** Of what is drawn, unlike the time for which a process is stopped. */
  readonly longestMs: number;
}
