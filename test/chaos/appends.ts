/**
 * Pieces that clients append under ids (`ONCE`), and ask for again when they are told nothing: whatever becomes of replies, links
 * and replicas, a piece may stand in its key once only, and one that was acknowledged has to. Each client has keys of its own, so
 * that lengths it is told rise.
 */
import type { Answer } from '../sim/clients/reply-reader.js';
import type { Errand } from './errand.js';
import type { Story } from './story.js';

type State = 'unknown' | 'acknowledged' | 'refused';

/** Then the client goes on with another key. */
const mostPieces = 100;

class Series {
  readonly key: string;
  readonly states: State[] = [];
  /** By piece that was acknowledged, how long the value was then. */
  readonly lengths = new Map<number, number>();
  /** As the last acknowledged piece left it. */
  length = 0;

  constructor(key: string) {
    this.key = key;
  }
}

export class Appends {
  readonly #story: Story;
  readonly #series = new Map<string, Series>();
  readonly #present = new Map<string, Series>();

  constructor(story: Story) {
    this.#story = story;
  }

  get keys(): readonly string[] {
    return [...this.#series.keys()];
  }

  write(client: string): Errand {
    const series = this.#seriesOf(client);
    series.states.push('unknown');
    return this.#append(series, series.states.length - 1, false);
  }

  /** `value` is what the store holds in the end, null for nothing. */
  close(key: string, value: string | null): void {
    const series = this.#series.get(key);
    if (series === undefined) return;
    const counts = new Map<number, number>();
    const held = value ?? '';
    if (held !== '' && !held.endsWith(',')) this.#story.found('other', `${key} ends in ${held.slice(-20)}`);
    for (const [number, length] of series.lengths) {
      if (held.slice(0, length).endsWith(`${number},`) && held.length >= length) continue;
      this.#story.found('other', `piece ${number} of ${key} was said to end at ${length}, and does not`);
    }
    for (const piece of held.split(',').slice(0, -1)) {
      const number = Number(piece);
      counts.set(number, (counts.get(number) ?? 0) + 1);
      if (series.states[number] === undefined)
        this.#story.found('other', `${key} holds '${piece}', which nobody appended`);
    }
    for (const [number, state] of series.states.entries()) {
      const count = counts.get(number) ?? 0;
      const what = `piece ${number} of ${key}`;
      if (count > 1) this.#story.found('other', `${what} was appended ${count} times`);
      else if (count === 0 && state === 'acknowledged')
        this.#story.found('lost', `${what} was acknowledged and is gone`);
      else if (count === 1 && state === 'refused') this.#story.found('other', `${what} was refused and is there`);
    }
  }

  #seriesOf(client: string): Series {
    const present = this.#present.get(client);
    if (present !== undefined && present.states.length < mostPieces) return present;
    const series = new Series(`a${client}.${this.#series.size}`);
    this.#present.set(client, series);
    this.#series.set(series.key, series);
    return series;
  }

  /** `mayBeThere`: an earlier attempt had no answer, so that a refusal of this one says nothing. */
  #append(series: Series, number: number, mayBeThere: boolean): Errand {
    const { key, states } = series;
    let mayBe = mayBeThere;
    return {
      line: `ONCE ${key}.${number} APPEND ${key} ${number},`,
      isWrite: true,
      ended: (answer) => {
        states[number] = 'acknowledged';
        this.#acknowledged(series, number, answer);
      },
      refused: () => {
        states[number] = mayBe ? 'unknown' : 'refused';
      },
      lost: () => {
        mayBe = true;
      },
      again: () => this.#append(series, number, mayBe),
    };
  }

  #acknowledged(series: Series, number: number, answer: Answer): void {
    const told = `the append of piece ${number} to ${series.key} was answered ${JSON.stringify(answer)}`;
    if (answer.type !== 'count') this.#story.found('other', told);
    else if (answer.count <= series.length) this.#story.found('other', `${told} after it was ${series.length} long`);
    else {
      series.length = answer.count;
      series.lengths.set(number, answer.count);
    }
  }
}
