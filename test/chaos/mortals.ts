/**
 * Keys that are to go by themselves: each is written once, with a life of some seconds, must be there until that is over,
 * and must be gone soon afterwards, whoever leads then. All run on one machine, so that their clocks and this process's
 * tell the same time.
 */
import { type Errand, valueFor } from './errand.js';
import type { Story } from './story.js';

/** The store's time is that of a majority of clocks, and a leader's own between two looks at it. */
const earlyMs = 500;
/** Without a leader time stands still. */
const lateMs = 15_000;
const leastLifeMs = 1_000;
const moreLifeMs = 3_000;
/** Those before are not looked at any more. */
const kept = 2_048;

interface Mortal {
  readonly key: string;
  readonly value: string;
  readonly lifeMs: number;
  readonly sentAt: number;
  /** Undefined when it is not known to have been written. */
  writtenAt: number | undefined;
  isRefused: boolean;
}

export class Mortals {
  readonly #story: Story;
  readonly #now: () => number;
  readonly #mortals: Mortal[] = [];
  #count = 0;

  constructor(story: Story, now: () => number = () => performance.now()) {
    this.#story = story;
    this.#now = now;
  }

  /** Of those that are looked at. */
  get keys(): readonly string[] {
    return this.#mortals.map(({ key }) => key);
  }

  /** How long all of them may still be there. */
  get longestMs(): number {
    return leastLifeMs + moreLifeMs + lateMs;
  }

  /** `choice` in [0, 1) picks the life. */
  write(choice: number): Errand {
    const number = this.#count++;
    const mortal: Mortal = {
      key: `m${number}`,
      value: valueFor(`m${number}`),
      lifeMs: Math.floor(leastLifeMs + choice * moreLifeMs),
      sentAt: this.#now(),
      writtenAt: undefined,
      isRefused: false,
    };
    this.#mortals[number % kept] = mortal;
    return {
      line: `SET ${mortal.key} ${mortal.value} PX ${mortal.lifeMs}`,
      isWrite: true,
      ended: (answer) => {
        if (answer.type === 'ok') mortal.writtenAt = this.#now();
        else this.#story.found('other', `SET ${mortal.key} was answered ${JSON.stringify(answer)}`);
      },
      refused: () => {
        mortal.isRefused = true;
      },
      lost: () => undefined,
      // Written a second time it would begin a second life.
      again: () => undefined,
    };
  }

  /** `choice` in [0, 1) picks the key; undefined while there is none. */
  read(choice: number): Errand | undefined {
    const mortal = this.#mortals[Math.floor(choice * this.#mortals.length)];
    return mortal === undefined ? undefined : this.#read(mortal);
  }

  #read(mortal: Mortal): Errand {
    const { key, value, lifeMs, sentAt, writtenAt } = mortal;
    const calledAt = this.#now();
    return {
      line: `GET ${key}`,
      isWrite: false,
      ended: (answer) => {
        if (answer.type !== 'value' || (answer.value !== null && answer.value !== value)) {
          this.#story.found('other', `GET ${key} was answered ${JSON.stringify(answer)}`);
        } else if (mortal.isRefused) {
          if (answer.value !== null) this.#story.found('other', `GET ${key} found what was refused`);
        } else if (writtenAt === undefined) {
          // It may have been written at any time, or not at all.
        } else if (answer.value === null) {
          const left = sentAt + lifeMs - this.#now();
          if (left > earlyMs) this.#story.found('lost', `${key} was gone ${Math.round(left)} ms before its time`);
        } else {
          const over = calledAt - (writtenAt + lifeMs);
          if (over > lateMs) this.#story.found('stale', `${key} was there ${Math.round(over)} ms behind its time`);
        }
      },
      refused: () => undefined,
      lost: () => undefined,
      again: () => this.#read(mortal),
    };
  }
}
