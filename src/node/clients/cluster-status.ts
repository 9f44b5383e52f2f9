/** Makes what STATUS shows of what the core sees, the state machine has and the links have told. */

import type { ReplicaName, Slot } from '../../base/ids.js';
import type { StateMachine } from '../../kv/state-machine.js';
import type { Ineligible } from '../../paxos/message.js';
import type { PeerView, View } from '../../paxos/view.js';
import type { ClusterStatus, ReplicaStatus } from '../service.js';

/** `addressOf`: where a replica serves clients, null when it has not told. */
export function clusterStatus(
  view: View,
  machine: StateMachine,
  pid: number | null,
  addressOf: (name: ReplicaName) => string | null,
): ClusterStatus {
  const highest = view.peers.reduce((most, { applied }) => Math.max(most, applied ?? 0), machine.applied as number);
  const peers = new Map(view.peers.map((peer) => [peer.name, peer]));
  const replicas = view.names.map((name) => {
    const peer = peers.get(name);
    const address = addressOf(name);
    return peer === undefined ? ownStatus(view, machine.applied, highest, address) : peerStatus(peer, highest, address);
  });
  return {
    name: view.name,
    pid,
    leader: view.leader,
    established: view.established,
    replicas,
    spare: spareOf(view),
    waiting: view.waiting,
    keys: machine.keys,
    bytes: machine.bytes,
    revision: machine.revision,
    faultySlots: view.faultySlots,
    lost: view.lost,
    diverged: view.diverged,
  };
}

/**
 * Of those that vote, answer and can take a write, how many are more than a majority. A wiped store or an empty seat is none of
 * them, nor is a replica without room for its log: the others must be enough without it.
 */
function spareOf(view: View): number {
  const peers = view.peers.filter(
    ({ contact, role, ineligible }) => contact && role !== 'learner' && takes(ineligible),
  );
  const majority = Math.floor(view.names.length / 2) + 1;
  return Math.min(view.toleratesLosses, peers.length + (view.counted && takes(view.ineligible) ? 1 : 0) - majority);
}

function takes(ineligible: Ineligible | null): boolean {
  return ineligible !== 'disk-full' && ineligible !== 'repairing';
}

function ownStatus(view: View, applied: Slot, highest: number, clientAddress: string | null): ReplicaStatus {
  return {
    name: view.name,
    self: true,
    role: view.role,
    store: view.store,
    priority: view.priority,
    ballot: view.ballot,
    applied,
    lagSlots: highest - applied,
    lastHeardMs: 0,
    connected: true,
    contact: true,
    steady: true,
    ineligible: view.ineligible,
    clientAddress,
  };
}

function peerStatus(peer: PeerView, highest: number, clientAddress: string | null): ReplicaStatus {
  const { name, role, store, priority, ballot, applied, lastHeardMs, connected, contact, steady, ineligible } = peer;
  return {
    name,
    self: false,
    role,
    store,
    priority,
    // Of a peer that was never heard there is nothing to tell.
    ballot: lastHeardMs === null ? null : ballot,
    applied,
    lagSlots: applied === null ? null : highest - applied,
    lastHeardMs,
    connected,
    contact,
    steady,
    ineligible,
    clientAddress,
  };
}
