/** Recognises the rare states of the protocol in what cores are told and ask for, and counts them. It judges nothing. */

import { type Ballot, sameBallot } from '#src/paxos/ballot.js';
import type { Effects, Input, RoleChange } from '#src/paxos/effects.js';
import type { PeerMessage } from '#src/paxos/message.js';
import type { Coverage } from './coverage.js';

const IGNORED: Readonly<Record<string, string>> = {
  'prepare: bound to another leader': 'a binding refused a Prepare',
  'prepare: restart wait': 'the restart wait refused a Prepare',
  'prepare: below the promise': 'a Prepare below the promise',
  'accept: below the promise': 'an Accept below the promise',
};

const STOPPED: Readonly<Record<string, string>> = {
  'phase 1 was not complete in time': 'a candidate gave up',
  'not established in time': 'a candidate gave up',
  'no majority granted for one lease': 'a leader lost its majority',
  'handed over': 'a leader handed over',
  'handed over, the successor behind': 'a leader handed over to one behind',
};

export class Rarities {
  readonly #coverage: Coverage;
  /** Slots that anybody ever accepted a no-op for. */
  readonly #noops = new Set<number>();
  /** By session: the ballot in which each parcel went to a leader last, by its first number. */
  readonly #forwarded = new Map<string, Map<number, Ballot>>();

  constructor(coverage: Coverage) {
    this.#coverage = coverage;
  }

  step(input: Input, effects: Effects): void {
    for (const role of effects.roles) this.#role(role, effects);
    for (const record of effects.records) {
      if (record.type === 'accepted' && record.value.type === 'noop') this.#noops.add(record.slot);
    }
    for (const reason of effects.ignored) this.#noteIf(IGNORED[reason]);
    for (const { message } of effects.sends) this.#sent(message);
    if (effects.ranges.length > 0) this.#coverage.note('decided slots were read from the log');
    if (input.type === 'message') this.#heard(input.message, effects);
    for (const { slot, value } of effects.decided) {
      if (value.type === 'configuration' && slot > 1) this.#coverage.note('an empty seat was filled');
    }
  }

  #role(role: RoleChange, effects: Effects): void {
    switch (role.type) {
      case 'stood':
        if (role.ballot !== null) this.#coverage.note('a candidate raised a round');
        break;
      case 'led':
        this.#led(effects);
        break;
      case 'stopped':
        this.#noteIf(STOPPED[role.why]);
        if (role.why.endsWith('was met')) this.#coverage.note('a leader was overtaken');
        break;
      case 'resumed':
        this.#coverage.note('a hand-back failed');
        break;
      case 'lost-log':
        this.#coverage.note(role.why.includes('remembers') ? 'a peer noticed a lost end' : 'the end of a log was lost');
        break;
      case 'repaired-log':
        this.#coverage.note('a lost log was repaired');
        break;
      case 'diverged':
        this.#coverage.note('a state was found to be wrong');
        break;
      case 'agreed':
        this.#coverage.note('a quarantine ended');
        break;
      case 'digests-differ':
        this.#coverage.note('digests differed without a majority');
        break;
      case 'became-learner':
        this.#coverage.note('a replica became a learner');
        break;
      default:
    }
  }

  /** The last proposal of the step is the barrier; what stands before it is what phase 1 found. */
  #led({ records }: Effects): void {
    const adopted = records.filter((record) => record.type === 'accepted').slice(0, -1);
    for (const { value, slot } of adopted) {
      if (value.type === 'batch') this.#coverage.note('a value was adopted');
      if (value.type === 'noop' && !this.#noops.has(slot)) this.#coverage.note('a gap was filled by a no-op');
    }
  }

  #sent(message: PeerMessage): void {
    if (message.type === 'forward') {
      if (message.hops > 0) this.#coverage.note('a parcel was relayed');
      else
        for (const parcel of message.parcels)
          this.#forward(`${parcel.store}.${parcel.incarnation}`, parcel.first, message.ballot);
    } else if (message.type === 'read-slot' && message.hops > 0) this.#coverage.note('a read was relayed');
    else if (message.type === 'fetch') this.#coverage.note('decided slots were fetched');
  }

  #forward(session: string, first: number, ballot: Ballot): void {
    let sent = this.#forwarded.get(session);
    if (sent === undefined) {
      sent = new Map();
      this.#forwarded.set(session, sent);
    }
    const before = sent.get(first);
    if (before !== undefined && !sameBallot(before, ballot))
      this.#coverage.note('a parcel was sent again in another ballot');
    sent.set(first, ballot);
  }

  #heard(message: PeerMessage, effects: Effects): void {
    if (message.type === 'values' && message.held.some(({ slot }) => slot > message.decidedUpTo)) {
      this.#coverage.note('a value was fetched in phase 1');
    }
    if (message.type === 'read-slot' && effects.sends.length === 0 && effects.ignored.length === 0) {
      this.#coverage.note('a read waited for a round');
    }
  }

  #noteIf(what: string | undefined): void {
    if (what !== undefined) this.#coverage.note(what);
  }
}
