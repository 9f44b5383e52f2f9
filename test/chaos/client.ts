/**
 * A client as programs are: at its own pace, on a connection to the replica that it prefers. Where it is told nothing in time it
 * goes to another replica and mostly asks for the same again; some time later it comes home. Writers do one thing at a time;
 * readers ask for several keys at once and cling to their replica, since it is those who find out what is stale.
 */
import { elapse } from '../cluster/until.js';
import { type Answer, answerOf } from '../sim/clients/reply-reader.js';
import type { Random } from '../sim/world/random.js';
import type { Appends } from './appends.js';
import type { Caller } from './caller.js';
import type { Errand } from './errand.js';
import type { Ledger } from './ledger.js';
import type { Mortals } from './mortals.js';
import type { Registers } from './registers.js';
import type { Story } from './story.js';
import type { Tally } from './tally.js';

const redialMs = 30;
const retryShare = 0.7;
/** From the impatient to those who wait longer than a replica does for a leader. */
const patiences = [400, 1_500, 4_000, 6_500];
const paces = [1, 2, 5, 10, 20];
const readersDepths = [1, 4, 16];

/** What a client asks for; the rest reads registers. And how often it thinks of going home. */
interface Habits {
  readonly ledgerWrite: number;
  readonly ledgerRead: number;
  readonly append: number;
  readonly mortalWrite: number;
  readonly mortalRead: number;
  readonly put: number;
  readonly delete: number;
  readonly homecoming: number;
}

const writers: Habits = {
  ...{ ledgerWrite: 0.2, ledgerRead: 0.1, append: 0.1, mortalWrite: 0.1, mortalRead: 0 },
  ...{ put: 0.3, delete: 0.1, homecoming: 0.02 },
};
const readers: Habits = {
  ...{ ledgerWrite: 0, ledgerRead: 0.2, append: 0, mortalWrite: 0, mortalRead: 0.2 },
  ...{ put: 0, delete: 0, homecoming: 0.2 },
};

export interface ClientParts {
  readonly name: string;
  readonly home: number;
  readonly isReader: boolean;
  readonly replicas: number;
  readonly caller: Caller;
  readonly random: Random;
  readonly registers: Registers;
  readonly ledger: Ledger;
  readonly appends: Appends;
  readonly mortals: Mortals;
  readonly tally: Tally;
  readonly story: Story;
}

export class ChaosClient {
  readonly #parts: ClientParts;
  readonly #habits: Habits;
  readonly #depth: number;
  readonly #patienceMs: number;
  readonly #paceMs: number;
  #at: number;

  constructor(parts: ClientParts) {
    const { random, isReader, home } = parts;
    this.#parts = parts;
    this.#habits = isReader ? readers : writers;
    this.#depth = isReader ? random.pick(readersDepths) : 1;
    this.#patienceMs = random.pick(patiences);
    this.#paceMs = random.pick(paces);
    this.#at = home;
  }

  async run(goesOn: () => boolean): Promise<void> {
    const { caller, random } = this.#parts;
    let failed: readonly Errand[] = [];
    while (goesOn()) {
      if (!(await this.#connect())) continue;
      const again = random.chance(retryShare) ? failed.flatMap((errand) => errand.again() ?? []) : [];
      const fresh = Array.from({ length: this.#depth - again.length }, () => this.#errand());
      failed = await this.#send([...again, ...fresh]);
      await elapse(random.between(0, 2 * this.#paceMs));
    }
    caller.close();
  }

  async #connect(): Promise<boolean> {
    const { caller, random, home } = this.#parts;
    const goesHome = caller.connected && this.#at !== home && random.chance(this.#habits.homecoming);
    if (caller.connected && !goesHome) return true;
    if (goesHome) this.#at = home;
    if (await caller.connect(this.#at)) return true;
    this.#wander();
    await elapse(redialMs);
    return false;
  }

  #wander(): void {
    this.#at = this.#parts.random.below(this.#parts.replicas);
  }

  /** Returns those that were not carried out, or perhaps not. */
  async #send(errands: readonly Errand[]): Promise<readonly Errand[]> {
    const { caller, tally } = this.#parts;
    const lines = await caller.askAll(
      errands.map(({ line }) => line),
      this.#patienceMs,
    );
    if (lines !== undefined) return errands.filter((errand, i) => !this.#answered(errand, answerOf(lines[i] ?? '')));
    for (const errand of errands) {
      if (errand.isWrite) tally.unanswered++;
      errand.lost();
    }
    this.#wander();
    return errands;
  }

  /** Whether it was carried out. */
  #answered(errand: Errand, answer: Answer): boolean {
    if (answer.type === 'error') {
      this.#refusal(errand, answer);
      return false;
    }
    const { tally } = this.#parts;
    tally.operations++;
    if (errand.isWrite) tally.writeAcknowledged();
    errand.ended(answer);
    return true;
  }

  #refusal(errand: Errand, { code, text }: Extract<Answer, { type: 'error' }>): void {
    const { tally, story, name } = this.#parts;
    if (code === 'NOQUORUM' || code === 'BUSY') {
      tally.refused++;
      errand.refused();
      return;
    }
    if (code === 'UNCERTAIN' && errand.isWrite) tally.toldUncertain++;
    else story.found('other', `${name} was told for ${errand.line.slice(0, 40)}: ${code} ${text}`);
    errand.lost();
  }

  #errand(): Errand {
    const { random, registers, ledger, appends, mortals, name } = this.#parts;
    const habits = this.#habits;
    const choice = random.fraction();
    let at = random.fraction();
    const falls = (share: number): boolean => {
      at -= share;
      return at < 0;
    };
    if (falls(habits.ledgerWrite)) return ledger.write();
    if (falls(habits.ledgerRead)) return ledger.read(choice) ?? registers.errand(name, 'get', choice);
    if (falls(habits.append)) return appends.write(name);
    if (falls(habits.mortalWrite)) return mortals.write(choice);
    if (falls(habits.mortalRead)) return mortals.read(choice) ?? registers.errand(name, 'get', choice);
    if (falls(habits.put)) return registers.errand(name, 'put', choice);
    return registers.errand(name, falls(habits.delete) ? 'delete' : 'get', choice);
  }
}
