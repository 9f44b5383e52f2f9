/** Takes the picture that view.ts describes. */

import type { ReplicaName } from '../base/ids.js';
import { ballotText, NO_BALLOT } from './ballot.js';
import type { Now } from './effects.js';
import type { Election } from './election.js';
import type { Electorate } from './electorate.js';
import { type Ineligible, inWords } from './message.js';
import type { Neighbour } from './neighbours.js';
import type { Parts } from './parts.js';
import { byClaim } from './ranking.js';
import type { Support } from './support.js';
import { LAG_SLOTS } from './timing.js';
import type { PeerView, RoleName, View } from './view.js';

interface Moment {
  readonly support: Support;
  readonly canForward: boolean;
  /** Who has not told yet what they know of the lost end of the log. */
  readonly waitsFor: readonly ReplicaName[];
  readonly now: Now;
}

export function viewOf(parts: Parts, election: Election, electorate: Electorate, moment: Moment): View {
  const { self, membership, learner, acceptor, neighbours, condition } = parts;
  const { support, canForward, waitsFor, now } = moment;
  const { mono } = now;
  const leadership = election.leadership;
  const leader = support.route(mono) === null ? null : support.ballot.replica;
  const leading = leader === null ? undefined : neighbours.find(leader)?.heartbeat?.purpose;
  const ineligible = election.ineligible(mono);
  return {
    name: self.name,
    store: self.store,
    role: ownRole(parts, election),
    ballot: support.ballot,
    leader,
    established: leadership?.established ?? (leading?.type === 'lead' && leading.established),
    canForward,
    decided: learner.decided,
    promised: acceptor.promised,
    leaseLeftMs: leadership?.lease.leftMs(now) ?? 0,
    ineligible,
    priority: self.priority,
    counted: membership.countsSelf,
    names: membership.names,
    founded: membership.founded,
    toleratesLosses: Math.max(0, countedInContact(parts, mono) - membership.majority),
    waiting: sentence(parts, electorate, { leader, ineligible, mono }),
    firstSlot: acceptor.firstSlot,
    faultySlots: acceptor.faultySlots,
    lost: condition.lost ? { waitsFor } : null,
    diverged: condition.diverged,
    peers: neighbours.all.map((peer) => peerView(parts, peer, mono)),
  };
}

function ownRole({ membership }: Parts, election: Election): RoleName {
  if (membership.isLearner) return 'learner';
  switch (election.role.type) {
    case 'following':
      return 'follower';
    case 'standing':
    case 'preparing':
      return 'candidate';
    case 'leading':
      return 'leader';
  }
}

function countedInContact({ membership, neighbours }: Parts, mono: number): number {
  const counted = neighbours.all.filter(
    (peer) => membership.counts(peer.name, peer.store) && neighbours.inContact(peer, mono),
  );
  return counted.length + (membership.countsSelf ? 1 : 0);
}

function peerView({ membership, neighbours }: Parts, peer: Neighbour, mono: number): PeerView {
  const { heartbeat } = peer;
  return {
    name: peer.name,
    store: peer.store,
    connected: peer.linked,
    contact: neighbours.inContact(peer, mono),
    lastHeardMs: heartbeat === null ? null : Math.round(mono - peer.heardAt),
    priority: heartbeat?.priority ?? null,
    role: peerRole(membership.counts(peer.name, peer.store), peer, neighbours.heardLately(peer, mono)),
    ballot: heartbeat?.supported ?? NO_BALLOT,
    applied: heartbeat?.applied ?? null,
    ineligible: heartbeat?.ineligible ?? null,
    steady: peer.steadiness.steady(mono),
  };
}

function peerRole(counted: boolean, { heartbeat, linked, store }: Neighbour, heard: boolean): RoleName {
  if (heartbeat === null || !heard || !linked) return 'unknown';
  if (!counted && store !== null) return 'learner';
  switch (heartbeat.purpose.type) {
    case 'lead':
      return 'leader';
    case 'stand':
      return 'candidate';
    case 'none':
    case 'release':
      return 'follower';
  }
}

interface Outlook {
  readonly leader: ReplicaName | null;
  readonly ineligible: Ineligible | null;
  readonly mono: number;
}

/** One sentence for the operator: why the leader leads and what stands in the way of a higher one. */
function sentence(parts: Parts, electorate: Electorate, { leader, ineligible, mono }: Outlook): string {
  const { self, neighbours, learner } = parts;
  if (leader === null) {
    if (!electorate.isConnected(mono)) {
      return `No leader: fewer than a majority of the replicas that vote can reach each other from here${voteless(parts, mono)}.`;
    }
    const unfit = unfitReplicas(parts, ineligible, mono);
    if (unfit !== null) return `No leader: none of those within reach may lead: ${unfit}.`;
    return `No leader yet: an election is under way (last promise ${ballotText(parts.acceptor.promised)}).`;
  }
  const ahead: { name: ReplicaName; priority: number; why: string }[] = [];
  if (self.name !== leader)
    ahead.push({
      name: self.name,
      priority: self.priority,
      why:
        ineligible === null
          ? 'the leader waits until it has been well for a while, or reaches everybody'
          : inWords(ineligible),
    });
  for (const peer of neighbours.all) {
    if (peer.name !== leader) {
      const priority = peer.heartbeat?.priority ?? 0;
      ahead.push({ name: peer.name, priority, why: obstacle(parts, peer, learner.decided, mono) });
    }
  }
  const priority = leader === self.name ? self.priority : (neighbours.find(leader)?.heartbeat?.priority ?? 0);
  const higher = ahead.filter((other) => byClaim(other, { name: leader, priority }) < 0).sort(byClaim)[0];
  const unknown = neighbours.all.filter((peer) => peer.heartbeat === null).map(({ name }) => name);
  if (higher !== undefined) return `${leader} leads; ${higher.name} ranks higher but does not: ${higher.why}.`;
  if (unknown.length > 0) return `${leader} leads; nothing was heard of ${unknown.join(', ')} yet.`;
  return `${leader} leads because it has the highest priority of all.`;
}

/** Those within reach that do not count, for whoever wonders why they do not suffice; this replica among them. */
function voteless({ self, membership, neighbours }: Parts, mono: number): string {
  const names = neighbours.all
    .filter((peer) => neighbours.inContact(peer, mono) && !membership.counts(peer.name, peer.store))
    .map(({ name }) => name);
  const all = membership.countsSelf ? names : [self.name, ...names];
  return all.length === 0 ? '' : `; of those that can, ${all.join(' and ')} ${all.length > 1 ? 'have' : 'has'} no vote`;
}

/** Why each of those within reach may not lead; null when one may. */
function unfitReplicas({ self, neighbours }: Parts, own: Ineligible | null, mono: number): string | null {
  const all = [{ name: self.name, why: own }];
  for (const peer of neighbours.all) {
    if (neighbours.inContact(peer, mono)) all.push({ name: peer.name, why: peer.heartbeat?.ineligible ?? null });
  }
  const told = all.flatMap(({ name, why }) => (why === null ? [] : [`${name} (${inWords(why)})`]));
  return told.length === all.length ? told.join(', ') : null;
}

function obstacle({ neighbours }: Parts, peer: Neighbour, decided: number, mono: number): string {
  if (peer.heartbeat === null || !peer.linked || !neighbours.heardLately(peer, mono)) return 'it is not heard';
  if (peer.heartbeat.ineligible !== null) return inWords(peer.heartbeat.ineligible);
  if (peer.heartbeat.applied < decided - LAG_SLOTS) return 'it is catching up';
  if (!peer.steadiness.steady(mono)) {
    return `it has to stay up for another ${((peer.steadiness.steadyAt() - mono) / 1_000).toFixed(1)} s first`;
  }
  return 'it is about to take over, or cannot reach everybody the leader reaches';
}
