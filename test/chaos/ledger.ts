/**
 * Keys that are written once and never again, as long as the run lasts: every single acknowledgement can be held against the
 * store, during the run by reading entries again, and all of them at its end. What takes room is one byte an entry.
 */
import { type Errand, valueFor } from './errand.js';
import type { Story } from './story.js';

/** Unknown: written or not. Settled: acknowledged, or read once. */
const UNKNOWN = 0;
const SETTLED = 1;
const REFUSED = 2;

const newest = 64;

export interface Entry {
  readonly key: string;
  readonly value: string;
  readonly number: number;
}

export class Ledger {
  readonly #story: Story;
  #states = new Uint8Array(1024);
  #count = 0;

  constructor(story: Story) {
    this.#story = story;
  }

  get count(): number {
    return this.#count;
  }

  entry(number: number): Entry {
    return { key: `e${number}`, value: valueFor(`l${number}`), number };
  }

  write(): Errand {
    const number = this.#count++;
    if (number >= this.#states.length) {
      const grown = new Uint8Array(2 * this.#states.length);
      grown.set(this.#states);
      this.#states = grown;
    }
    return this.#write(this.entry(number), false);
  }

  /** `choice` in [0, 1) picks the entry, by half one of the newest; undefined while there is none. */
  read(choice: number): Errand | undefined {
    if (this.#count === 0) return undefined;
    const among = choice < 0.5 ? Math.min(this.#count, newest) : this.#count;
    return this.#read(this.entry(this.#count - 1 - Math.floor(((2 * choice) % 1) * among)));
  }

  /** `value` is what the store holds in the end, null for nothing. */
  close({ key, value: right, number }: Entry, value: string | null): void {
    const state = this.#states[number];
    if (value !== null && value !== right) this.#story.found('other', `${key} holds ${value} in the end, not ${right}`);
    else if (value === null && state === SETTLED)
      this.#story.found('lost', `${key} was acknowledged or read and is gone`);
    else if (value !== null && state === REFUSED) this.#story.found('other', `${key} was refused and is there`);
  }

  /** `mayBeThere`: an earlier attempt had no answer, so that a refusal of this one says nothing. */
  #write(entry: Entry, mayBeThere: boolean): Errand {
    const { key, value, number } = entry;
    let mayBe = mayBeThere;
    if (this.#states[number] === REFUSED) this.#states[number] = UNKNOWN;
    return {
      line: `PUT ${key} ${value}`,
      isWrite: true,
      ended: (answer) => {
        if (answer.type === 'ok') this.#states[number] = SETTLED;
        else this.#story.found('other', `PUT ${key} was answered ${JSON.stringify(answer)}`);
      },
      refused: () => {
        if (!mayBe) this.#states[number] = REFUSED;
      },
      lost: () => {
        mayBe = true;
      },
      again: () => this.#write(entry, mayBe),
    };
  }

  #read(entry: Entry): Errand {
    const { key, value, number } = entry;
    const wasSettled = this.#states[number] === SETTLED;
    return {
      line: `GET ${key}`,
      isWrite: false,
      ended: (answer) => {
        if (answer.type !== 'value' || (answer.value !== null && answer.value !== value)) {
          this.#story.found('other', `GET ${key} was answered ${JSON.stringify(answer)}`);
        } else if (answer.value === null) {
          if (wasSettled) this.#story.found('stale', `GET ${key} found nothing after it was acknowledged or read`);
        } else if (this.#states[number] === REFUSED) {
          this.#story.found('other', `GET ${key} found what was refused`);
        } else this.#states[number] = SETTLED;
      },
      refused: () => undefined,
      lost: () => undefined,
      again: () => this.#read(entry),
    };
  }
}
