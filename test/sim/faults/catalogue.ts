/** Every kind of fault by its name. Each does its harm now and tells it in a few words; null when there was nobody to harm. */

import { CLOCK_FAULTS } from './clock-faults.js';
import { DISK_FAULTS } from './disk-faults.js';
import { NETWORK_FAULTS } from './network-faults.js';
import type { FaultKind } from './planned-fault.js';
import { PROCESS_FAULTS } from './process-faults.js';
import type { Fault } from './storm.js';

export const FAULTS: Readonly<Record<FaultKind, Fault>> = {
  ...PROCESS_FAULTS,
  ...NETWORK_FAULTS,
  ...DISK_FAULTS,
  ...CLOCK_FAULTS,
};
