/** An origin on a bench: a clock that stands still, a driver that only records, decisions when a test makes them. */

import { StateMachine } from '#src/kv/state-machine.js';
import { Origin, type OriginDriver } from '#src/node/origin/origin.js';
import type { ReadOutcome, WriteOutcome } from '#src/node/service.js';
import { LIGHT } from '#src/node/write-load.js';
import type { Decided } from '#src/paxos/effects.js';
import type { Parcel } from '#src/paxos/session.js';
import { batch, command, decided, sessionOf } from '../../kv/values.js';
import { ManualClock } from './manual-clock.js';

export const TIMEOUT_MS = 5_000;

export const NOBODY = (): void => undefined;

function outcomeText(outcome: WriteOutcome | ReadOutcome): string {
  return outcome.type === 'applied' ? JSON.stringify(Object.values(outcome.reply).slice(1)[0] ?? '') : outcome.type;
}

/** An origin whose driver records what it is handed. */
export class Bench implements OriginDriver {
  readonly clock = new ManualClock();
  readonly machine = new StateMachine();
  readonly origin: Origin;
  readonly parcels: Parcel[] = [];
  readonly asked: number[] = [];
  /** What callers were told, in order: `name outcome`. */
  readonly told: string[] = [];
  forward = true;
  distrusted = false;
  #applied = 0;

  constructor(queueBytes?: number) {
    const { clock, machine } = this;
    const isDistrusted = (): boolean => this.distrusted;
    const options = { clock, machine, driver: this, requestTimeoutMs: TIMEOUT_MS, isDistrusted };
    this.origin = new Origin(queueBytes === undefined ? options : { ...options, queueBytes });
    this.origin.begin(sessionOf('a', 7));
    this.clock.settle();
  }

  canForward(): boolean {
    return this.forward;
  }

  propose(parcel: Parcel): void {
    this.parcels.push(parcel);
  }

  askRead(id: number): void {
    this.asked.push(id);
  }

  flushWanted(): void {
    this.clock.endOfTurn(() => this.origin.flush());
  }

  write(name: string, bytes = command(`PUT ${name} 1`), load = LIGHT): void {
    this.origin.write(bytes, load, (outcome) => this.told.push(`${name} ${outcomeText(outcome)}`));
  }

  read(name: string): void {
    this.origin.read((outcome) => this.told.push(`${name} ${outcomeText(outcome)}`));
  }

  /** Decides the next parcels that were proposed, each in a slot of its own, `from` being the first of them. */
  apply(parcels = 1, from = this.#applied): void {
    this.#applied = from;
    for (let i = 0; i < parcels; i++) {
      const parcel = this.parcels[this.#applied++];
      if (parcel === undefined) throw new Error('nothing more was proposed');
      for (const each of decided(this.machine.applied + 1, batch(1, parcel))) this.execute(each);
    }
  }

  execute(each: Decided): void {
    this.origin.apply(each);
    this.origin.answer();
  }

  /** `first+count` of each parcel. */
  get numbers(): string[] {
    return this.parcels.map(({ first, count }) => `${first}+${count}`);
  }
}
