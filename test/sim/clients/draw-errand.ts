/** Whether a client sets out on an errand, and on which. */

import type { Errand, ErrandParts } from './errand.js';
import { OnceErrand } from './once-errand.js';
import { TransactionErrand } from './transaction-errand.js';
import type { Workload } from './workload.js';

export function drawErrand(parts: ErrandParts, { transactionShare, onceShare }: Workload): Errand | null {
  if (transactionShare + onceShare === 0) return null;
  const at = parts.random.fraction();
  if (at < transactionShare) return new TransactionErrand(parts);
  return at < transactionShare + onceShare ? new OnceErrand(parts) : null;
}
