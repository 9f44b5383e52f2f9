/**
 * Keys that all clients write, delete and read at once, checked for linearizability key by key. Clients go on to new keys every
 * few seconds; what became quiet is read once more, judged and forgotten but for what the key may hold from then on, so that
 * memory stays bounded however long a run is.
 */

import { History, type Kind, type Operation } from '../sim/clients/history.js';
import { type Answer, answerOf } from '../sim/clients/reply-reader.js';
import { type Errand, tokenOf, valueFor } from './errand.js';
import { auditor, historyText, judge } from './judge.js';
import type { Story } from './story.js';

const unknown = Number.POSITIVE_INFINITY;

interface Epoch {
  readonly number: number;
  readonly history: History;
  underWay: number;
}

/** A read that was answered, with the time at which the answered attempt began. */
export interface Audit {
  readonly called: number;
  readonly line: string;
}

/** What a register held when it was last read, and what writes of unknown outcome may still make of it; null: nothing. */
export type Possible = ReadonlySet<string | null>;

export class Registers {
  readonly #story: Story;
  readonly #perEpoch: number;
  readonly #past: Epoch[] = [];
  readonly #retired = new Map<string, Possible>();
  #present: Epoch = { number: 0, history: new History(), underWay: 0 };
  #tokens = 0;

  constructor(story: Story, perEpoch: number) {
    this.#story = story;
    this.#perEpoch = perEpoch;
  }

  /** By key. */
  get retired(): ReadonlyMap<string, Possible> {
    return this.#retired;
  }

  /** From now on other keys. */
  turn(): void {
    this.#past.push(this.#present);
    this.#present = { number: this.#present.number + 1, history: new History(), underWay: 0 };
  }

  /** `choice` in [0, 1) picks the key. */
  errand(client: string, kind: Kind, choice: number): Errand {
    const key = `r${Math.floor(choice * this.#perEpoch)}.${this.#present.number}`;
    return this.#begin(this.#present, { client, kind, key, token: kind === 'put' ? `w${this.#tokens++}` : '' });
  }

  /** Retires the epochs in which nothing is under way any more. `read` asks until it has an answer. */
  async retire(read: (key: string) => Promise<Audit>): Promise<void> {
    for (const epoch of this.#past.filter(({ underWay }) => underWay === 0)) {
      for (const key of epoch.history.keys) {
        const { called, line } = await read(key);
        const operation = epoch.history.begin({ client: auditor, kind: 'get', key, token: '', called, after: -1 });
        this.#end(epoch, operation, answerOf(line));
        this.#judge(key, epoch.history.of(key));
      }
      this.#past.splice(this.#past.indexOf(epoch), 1);
    }
  }

  #judge(key: string, operations: readonly Operation[]): void {
    const judgement = judge(operations);
    if (judgement !== 'fine') {
      const wrong = judgement === 'undecided' ? 'other' : judgement;
      this.#story.found(wrong, `the answers of ${key} are ${judgement}`, `\n${historyText(operations)}`);
    }
    const open = operations.filter(({ returned }) => returned === unknown);
    const last = operations.at(-1)?.output;
    const possible = [
      typeof last === 'string' ? last : null,
      ...open.map(({ kind, token }) => (kind === 'put' ? token : null)),
    ];
    this.#retired.set(key, new Set(possible));
  }

  #begin(epoch: Epoch, wanted: Pick<Operation, 'client' | 'kind' | 'key' | 'token'>): Errand {
    const { kind, key, token } = wanted;
    epoch.underWay++;
    const operation = epoch.history.begin({ ...wanted, called: performance.now(), after: -1 });
    return {
      line: kind === 'put' ? `PUT ${key} ${valueFor(token)}` : `${kind.toUpperCase()} ${key}`,
      isWrite: kind === 'put' || kind === 'delete',
      ended: (answer) => {
        epoch.underWay--;
        this.#end(epoch, operation, answer);
      },
      refused: () => {
        epoch.underWay--;
        epoch.history.refuse(operation);
      },
      lost: () => {
        epoch.underWay--;
        epoch.history.lose(operation);
      },
      again: () => (epoch === this.#present ? this.#begin(epoch, wanted) : undefined),
    };
  }

  #end({ history }: Epoch, operation: Operation, answer: Answer): void {
    const output = outputOf(operation, answer);
    if (output === undefined) {
      this.#story.found('other', `${operation.kind} ${operation.key} was answered ${JSON.stringify(answer)}`);
      history.lose(operation);
    } else history.end(operation, output, performance.now());
  }
}

/** Undefined for an answer that such an operation never has. */
function outputOf({ kind }: Operation, answer: Answer): string | number | null | undefined {
  switch (kind) {
    case 'put':
      return answer.type === 'ok' ? null : undefined;
    case 'get':
      if (answer.type !== 'value') return undefined;
      return answer.value === null ? null : tokenOf(answer.value);
    case 'delete':
    case 'exists':
      return answer.type === 'count' ? answer.count : undefined;
    case 'expiry':
      return undefined;
  }
}
