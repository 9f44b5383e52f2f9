/**
 * What a run needs around its replicas, as far as this machine allows it: a real disk, links that can be cut, disks that can
 * fail. It says what it found, and what cannot be done and is left out.
 */
import { rmSync } from 'node:fs';
import { LocalCluster } from '../cluster/local-cluster.js';
import { Disks } from './disks.js';
import { type FaultKind, needsDisks, needsWires } from './faults.js';
import { Namespaces } from './namespaces.js';
import { realDisk } from './real-disk.js';
import type { RunOptions } from './run-options.js';
import { smallStorage } from './storage-faults.js';
import { Undo } from './undo.js';
import { proxyWiring, Wires } from './wires.js';

export interface Setting {
  readonly cluster: LocalCluster;
  readonly wires: Wires | undefined;
  readonly disks: Disks | undefined;
  /** Those that can be made to happen. */
  readonly faults: readonly FaultKind[];
  /** For people, one line each. */
  readonly remarks: readonly string[];
  /** Ends everything; `keep`: data and evidence stay. */
  dispose(keep: boolean): Promise<void>;
}

export async function makeSetting(options: RunOptions): Promise<Setting> {
  const { directory, kind, isMemory } = await realDisk(options.data);
  const remarks = [`disk: ${directory} (${kind}${isMemory ? ', which is memory and no disk' : ''})`];
  const network = await makeNetwork(options);
  if (network.remark !== undefined) remarks.push(network.remark);
  const cluster = await LocalCluster.prepare({
    replicas: options.replicas,
    options: smallStorage,
    parent: directory,
    homes: network.namespaces?.homes ?? [],
    proxied: network.isProxied,
  });
  const wiring = network.namespaces ?? (network.isProxied ? proxyWiring(cluster) : undefined);
  const disks = await makeDisks(options, cluster);
  if (disks.remark !== undefined) remarks.push(disks.remark);
  // The last to be added: what is mounted below has gone by then, also where the process is told to end.
  const undo = new Undo();
  undo.add(() => rmSync(cluster.directory, { recursive: true, force: true }));
  return {
    cluster,
    wires: wiring === undefined ? undefined : new Wires(wiring),
    disks: disks.disks,
    faults: disks.faults,
    remarks,
    dispose: async (keep) => {
      await cluster.end();
      disks.disks?.dispose();
      network.namespaces?.dispose();
      if (keep) undo.forget();
      else undo.run();
    },
  };
}

interface MadeNetwork {
  readonly namespaces: Namespaces | undefined;
  readonly isProxied: boolean;
  readonly remark: string | undefined;
}

async function makeNetwork({ faults, network, replicas }: RunOptions): Promise<MadeNetwork> {
  if (!faults.some((kind) => needsWires.includes(kind))) {
    return { namespaces: undefined, isProxied: false, remark: undefined };
  }
  const made = network === 'proxies' ? 'asked for' : await Namespaces.make(replicas);
  if (typeof made !== 'string') return { namespaces: made, isProxied: false, remark: `links: ${made.how}` };
  if (network === 'namespaces') throw new Error(`network namespaces cannot be had: ${made}`);
  return { namespaces: undefined, isProxied: true, remark: `links: TCP proxies (${made})` };
}

interface MadeDisks {
  readonly disks: Disks | undefined;
  readonly faults: readonly FaultKind[];
  readonly remark: string | undefined;
}

async function makeDisks({ faults }: RunOptions, cluster: LocalCluster): Promise<MadeDisks> {
  if (!faults.some((kind) => needsDisks.includes(kind))) return { disks: undefined, faults, remark: undefined };
  const made = await Disks.make(cluster.places.map(({ data }) => data));
  if (typeof made === 'string') {
    const rest = faults.filter((kind) => !needsDisks.includes(kind));
    return { disks: undefined, faults: rest, remark: `skipped: faults of disks (${made})` };
  }
  if (made.canDie) return { disks: made, faults, remark: `disks that fail: ${made.how}` };
  const rest = faults.filter((kind) => kind !== 'power');
  return { disks: made, faults: rest, remark: `disks that fail: ${made.how}; skipped: their death` };
}
