/**
 * The end of a run, when all faults are over and no client asks for anything more: replicas must have applied the same and hold
 * the same under every key, and nothing that was acknowledged may be missing.
 */
import { must } from '#src/base/assert.js';
import type { FullStatus } from '#src/node/service.js';
import { elapse, until } from '../cluster/until.js';
import { answerOf } from '../sim/clients/reply-reader.js';
import type { Appends } from './appends.js';
import { Caller } from './caller.js';
import type { Crew } from './crew.js';
import { tokenOf } from './errand.js';
import type { Ledger } from './ledger.js';
import type { Mortals } from './mortals.js';
import type { Pairs } from './pairs.js';
import type { Audit, Registers } from './registers.js';
import type { Story } from './story.js';

const equalMs = 60_000;
const askedAtOnce = 500;
const answerMs = 20_000;
const attemptMs = 2_000;
const redialMs = 50;
/** With a majority up: longer than any election. */
const auditMs = 90_000;

/** Asks for a key until there is an answer, wherever there is one. */
export class Auditor {
  readonly #caller: Caller;
  readonly #replicas: number;
  #at = 0;

  constructor(crew: Crew) {
    this.#caller = new Caller(crew.cluster);
    this.#replicas = crew.all.length;
  }

  async read(key: string): Promise<Audit> {
    const deadline = performance.now() + auditMs;
    for (;;) {
      if (this.#caller.connected || (await this.#caller.connect(this.#at))) {
        const called = performance.now();
        const line = await this.#caller.ask(`GET ${key}`, attemptMs);
        if (line !== undefined && !line.startsWith('ERROR ')) return { called, line };
      }
      if (performance.now() > deadline) throw new Error(`nobody answered GET ${key} within ${auditMs} ms`);
      this.#caller.close();
      this.#at = (this.#at + 1) % this.#replicas;
      await elapse(redialMs);
    }
  }

  close(): void {
    this.#caller.close();
  }
}

/** Waits until all have applied the same slots. */
async function equalStatus(crew: Crew): Promise<readonly FullStatus[]> {
  return until(
    'all replicas to have applied the same',
    async () => {
      const seen = await Promise.all(crew.all.map((i) => crew.status(i)));
      const known = seen.filter((status) => status !== undefined);
      const marks = new Set(known.map((status) => JSON.stringify(markOf(status))));
      return known.length === seen.length && marks.size === 1 ? known : undefined;
    },
    equalMs,
  );
}

function markOf({ replicas, revision, keys, bytes }: FullStatus): readonly number[] {
  const own = must(
    replicas.find(({ self }) => self),
    'its own line in a status',
  );
  return [own.applied ?? -1, revision, keys, bytes];
}

/** What clients have written, and know of. */
interface Kept {
  readonly registers: Registers;
  readonly ledger: Ledger;
  readonly appends: Appends;
  readonly pairs: Pairs;
  readonly mortals: Mortals;
}

/** Returns the revision at which all are. */
export async function compareReplicas(crew: Crew, kept: Kept, story: Story): Promise<number> {
  const { registers, ledger, appends, pairs, mortals } = kept;
  await allGone(crew, mortals);
  const [first] = await equalStatus(crew);
  story.tell(`all have applied slot ${markOf(must(first, 'a status'))[0]} and are at revision ${first?.revision}`);
  const registerKeys = [...registers.retired.keys()];
  for (const keys of chunks(registerKeys)) {
    const values = await sameEverywhere(crew, keys, story);
    keys.forEach((key, i) => {
      const value = values[i] ?? null;
      const token = value === null ? null : tokenOf(value);
      const possible = registers.retired.get(key) ?? new Set();
      if (token === undefined || !possible.has(token)) {
        story.found('lost', `${key} holds ${value} in the end, and may hold ${[...possible].join(' or ')}`);
      }
    });
  }
  const numbers = Array.from({ length: ledger.count }, (_, i) => i);
  for (const part of chunks(numbers)) {
    const entries = part.map((number) => ledger.entry(number));
    const keys = entries.map(({ key }) => key);
    const values = await sameEverywhere(crew, keys, story);
    for (const [i, entry] of entries.entries()) ledger.close(entry, values[i] ?? null);
  }
  for (const keys of chunks(appends.keys)) {
    const values = await sameEverywhere(crew, keys, story);
    for (const [i, key] of keys.entries()) appends.close(key, values[i] ?? null);
  }
  for (let pair = 0; pair < pairs.count; pair++)
    pairs.close(pair, await sameEverywhere(crew, pairs.keysOf(pair), story));
  return must(first, 'a status').revision;
}

/** Waits until nothing is there any more whose time is over: that changes the state, and is no write of anybody's. */
async function allGone(crew: Crew, mortals: Mortals): Promise<void> {
  for (const keys of chunks(mortals.keys)) {
    await until(
      'all keys to go whose time is over',
      async () => (await valuesAt(crew, 0, keys, [])).every((value) => value === null),
      mortals.longestMs,
    );
  }
}

/** What the leader answers for; each replica must have the same on its own. */
async function sameEverywhere(crew: Crew, keys: readonly string[], story: Story): Promise<(string | null)[]> {
  const right = await valuesAt(crew, 0, keys, []);
  for (const i of crew.all) {
    const values = await valuesAt(crew, i, keys, ['READONLY']);
    keys.forEach((key, n) => {
      if (values[n] === right[n]) return;
      story.found('other', `replicas differ: ${key} is ${right[n]}, but ${crew.name(i)} has ${values[n]}`);
    });
  }
  return right;
}

/** Asks again where an election is in the way. */
function valuesAt(
  crew: Crew,
  i: number,
  keys: readonly string[],
  before: readonly string[],
): Promise<(string | null)[]> {
  const lines = [...before, ...keys.map((key) => `GET ${key}`)];
  return until(
    `${crew.name(i)} to answer for ${keys.length} keys`,
    async () => {
      const caller = new Caller(crew.cluster);
      const told = (await caller.connect(i)) ? await caller.askAll(lines, answerMs) : undefined;
      caller.close();
      const answers = told?.slice(before.length).map(answerOf) ?? [];
      const values = answers.flatMap((answer) => (answer.type === 'value' ? [answer.value] : []));
      return values.length === keys.length ? values : undefined;
    },
    equalMs,
  );
}

function chunks<T>(items: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(items.length / askedAtOnce) }, (_, i) =>
    items.slice(i * askedAtOnce, (i + 1) * askedAtOnce),
  );
}
