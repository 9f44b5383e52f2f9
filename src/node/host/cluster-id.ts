/**
 * The digest that tells one cluster from another. It covers the name the operator gave and the sorted names of the replicas,
 * so that a data directory or a link of a cluster with another list is recognised whatever the addresses are.
 */

import { createHash } from 'node:crypto';
import type { ReplicaName } from '../../base/ids.js';

/** 64 hex digits. */
export function clusterId(cluster: string, names: readonly ReplicaName[]): string {
  return createHash('sha256')
    .update(JSON.stringify([cluster, [...names].sort()]))
    .digest('hex');
}
