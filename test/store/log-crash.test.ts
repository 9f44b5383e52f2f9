// The log under crashes at random, by seed: processes are killed and power fails at any operation, recovery and rolls included;
// a model says after every start what may be there. SYNOD_SEED=n runs one seed, SYNOD_LONG=1 many more.

import { expect } from 'chai';
import { lsn, slot } from '#src/base/ids.js';
import type { Ballot } from '#src/paxos/ballot.js';
import type { AcceptorState, LogRecord } from '#src/paxos/effects.js';
import type { OpenedLog } from '#src/store/log.js';
import { LogModel } from './support/log-model.js';
import { ballot, batch, type MadeLog, open, owner } from './support/made-log.js';
import { MemoryDisk, MemoryFiles } from './support/memory-files.js';
import { between, type Chance, seeded } from './support/seeded.js';
import { atRest } from './support/sim-clock.js';

const LIVES = 8;
const STEPS = 25;
const sizes = { first: 16 * 1024, largest: 32 * 1024 };

/** Makes records as an acceptor would: promises rise, a slot's ballots rise, a chosen value never changes. */
class Acceptor {
  private readonly chance: Chance;
  private next: number;
  private promised: Ballot;
  private decidedUpTo: number;
  private highest: number;
  /** Slots that have a record. */
  private readonly held: Set<number>;

  constructor(chance: Chance, opened: OpenedLog) {
    this.chance = chance;
    const { recovered } = opened;
    this.next = recovered.lastLsn + 1;
    this.promised = recovered.promised;
    this.decidedUpTo = recovered.decidedUpTo;
    this.highest = recovered.highestSlot;
    this.held = new Set(recovered.held.map((held) => held.slot));
  }

  step(): { records: LogRecord[]; state: AcceptorState } {
    const records = Array.from({ length: between(this.chance, 0, 4) }, () => this.record());
    while (this.held.has(this.decidedUpTo + 1) && this.chance() < 0.6) this.decidedUpTo++;
    const { promised, decidedUpTo, highest } = this;
    return {
      records,
      state: { promised, decidedUpTo: slot(decidedUpTo), firstSlot: slot(1), highestSlot: slot(highest) },
    };
  }

  private record(): LogRecord {
    const { chance } = this;
    const at = lsn(this.next++);
    const kind = chance();
    if (kind < 0.15) {
      this.promised = ballot(this.promised.round + 1, `node-${between(chance, 1, 3)}`);
      return { type: 'promised', lsn: at, ballot: this.promised };
    }
    const place = between(chance, this.decidedUpTo + 1, this.decidedUpTo + 6);
    this.highest = Math.max(this.highest, place);
    this.held.add(place);
    const length = chance() < 0.05 ? between(chance, 4_000, 13_000) : between(chance, 0, 300);
    const value = batch(String.fromCharCode(between(chance, 97, 122)).repeat(length), at);
    if (kind < 0.3) return { type: 'decided', lsn: at, slot: slot(place), value };
    if (this.promised.round === 0) this.promised = ballot(1);
    return { type: 'accepted', lsn: at, slot: slot(place), ballot: this.promised, value };
  }
}

/** Several lives of one store on one disk, each ended by a crash or a clean stop. */
async function run(seed: number): Promise<string[]> {
  const chance = seeded(seed);
  const disk = new MemoryDisk();
  const identity = owner(false);
  const model = new LogModel();
  const endings: string[] = [];
  for (let life = 0; life < LIVES; life++) {
    const kind = chance() < 0.5 ? 'kill' : 'power';
    let left = chance() < 0.2 ? Number.POSITIVE_INFINITY : between(chance, 1, chance() < 0.5 ? 20 : 80);
    const files: MemoryFiles = new MemoryFiles(disk, async () => {
      if (left-- === 0) files.crash(kind, chance);
      // Some operations take their time, so that others overtake them.
      else if (chance() < 0.2) await atRest();
    });
    const opening = open(files, { ...identity, fresh: !identity.settled }, sizes);
    const opened = await unlessCrashed(files, opening);
    const isSound =
      opened !== null &&
      (await unlessCrashed(
        files,
        model.check(opened).then(() => true),
      ));
    const ended = isSound ? await live(opened, chance, model, () => left < 0) : 'crash while opening';
    endings.push(ended);
    if (ended !== 'stop' && left >= 0) files.crash(kind, chance);
  }
  await model.check(await open(new MemoryFiles(disk), owner(identity.settled), sizes));
  return endings;
}

/** What a promise over these files comes to; null when a crash came before, and it never will. */
async function unlessCrashed<Result>(files: MemoryFiles, promise: Promise<Result>): Promise<Result | null> {
  let isSettled = false;
  const settled = promise.finally(() => {
    isSettled = true;
  });
  const crashed = (async () => {
    while (!files.isCrashed && !isSettled) await atRest();
    return isSettled ? settled : null;
  })();
  return Promise.race([settled, crashed]);
}

async function live(opened: MadeLog, chance: Chance, model: LogModel, isDown: () => boolean): Promise<string> {
  const acceptor = new Acceptor(chance, opened);
  const { log, clock } = opened;
  const isFinal = chance() < 0.3;
  for (let n = 0; n < STEPS && !isDown(); n++) {
    const { records, state } = acceptor.step();
    model.append(records, state);
    log.append(records, state);
    if (chance() < 0.7) await clock.advance(chance() < 0.3 ? between(chance, 1, 30) : 0);
    if (!isDown()) model.acknowledged = log.durable;
  }
  if (!isFinal || isDown()) return 'crash';
  let hasStopped = false;
  const closing = log.close().then(() => {
    hasStopped = true;
  });
  for (let n = 0; n < 100 && !hasStopped && !isDown(); n++) await clock.advance(20);
  if (!hasStopped) return 'crash while stopping';
  await closing;
  model.acknowledged = log.durable;
  return 'stop';
}

describe('a log that crashes', function () {
  this.timeout(600_000);
  const chosen = process.env.SYNOD_SEED;
  const count = process.env.SYNOD_LONG === undefined ? 100 : 5_000;
  const seeds = chosen ? [Number(chosen)] : Array.from({ length: count }, (_, seed) => seed + 1);
  const seen = new Map<string, number>();

  it(`keeps what it acknowledged, over ${seeds.length} seeds`, async () => {
    for (const seed of seeds) {
      try {
        for (const ending of await run(seed)) seen.set(ending, (seen.get(ending) ?? 0) + 1);
      } catch (error) {
        throw new Error(`SYNOD_SEED=${seed} npx mocha dist/test/store/log-crash.test.js`, { cause: error });
      }
    }
  });

  it('was crashed in every way', function () {
    if (chosen) this.skip();
    expect([...seen.keys()]).to.have.members(['crash', 'crash while opening', 'crash while stopping', 'stop']);
  });
});
