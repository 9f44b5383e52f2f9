/**
 * One run: a cluster of real daemons under clients, one fault after another until the time is over, and the reckoning. What is
 * done to whom follows from the seed; when exactly a process gets there does not, so a run can be repeated and never replayed.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '#src/base/errors.js';
import { DEFAULT_TIMING } from '#src/paxos/timing.js';
import { elapse, until } from '../cluster/until.js';
import { Random } from '../sim/world/random.js';
import { Appends } from './appends.js';
import { Auditor, compareReplicas } from './audit.js';
import { Caller } from './caller.js';
import { ChaosClient } from './client.js';
import { Crew } from './crew.js';
import { ChaosFollower } from './follower.js';
import { Ledger } from './ledger.js';
import { Mortals } from './mortals.js';
import { Pairs } from './pairs.js';
import { Registers } from './registers.js';
import type { Report } from './report.js';
import type { RunOptions } from './run-options.js';
import { makeSetting, type Setting } from './setting.js';
import { Story } from './story.js';
import { Chronicle, Stream } from './stream.js';
import { Tally } from './tally.js';
import { type Torment, torment } from './torment.js';
import { Transactor } from './transactor.js';

const epochMs = 3_000;
const registersPerEpoch = 4;
const longestFaultMs = 4_000;
/** Few, so that transactions meet. */
const pairCount = 4;
/** For followers to hear of the last change, on another connection if need be. */
const toldMs = 30_000;

/** `say` is given the remarks on what the machine allows, before the run begins. */
export async function runChaos(options: RunOptions, say: (line: string) => void): Promise<Report> {
  const setting = await makeSetting(options);
  let keep = false;
  try {
    for (const remark of setting.remarks) say(remark);
    if (setting.faults.length === 0) throw new Error('none of the faults can be made to happen here');
    const run = new Run(options, setting);
    const report = await run.play();
    keep = report.evidence !== undefined;
    return report;
  } finally {
    await setting.dispose(keep);
  }
}

class Run {
  readonly #options: RunOptions;
  readonly #setting: Setting;
  readonly #story: Story;
  readonly #crew: Crew;
  readonly #registers: Registers;
  readonly #ledger: Ledger;
  readonly #appends: Appends;
  readonly #mortals: Mortals;
  readonly #pairs: Pairs;
  readonly #streams: readonly Stream[];
  readonly #tally = new Tally();
  #goesOn = true;
  #isFollowed = true;

  constructor(options: RunOptions, setting: Setting) {
    this.#options = options;
    this.#setting = setting;
    this.#story = new Story(options.explain);
    this.#crew = new Crew(setting.cluster, this.#story);
    this.#registers = new Registers(this.#story, registersPerEpoch);
    this.#ledger = new Ledger(this.#story);
    this.#appends = new Appends(this.#story);
    this.#mortals = new Mortals(this.#story);
    this.#pairs = new Pairs(this.#story, pairCount);
    const chronicle = new Chronicle();
    this.#streams = this.#crew.all.map((i) => new Stream(`follower ${i}`, chronicle, this.#story));
  }

  async play(): Promise<Report> {
    for (const i of this.#crew.all) this.#crew.start(i);
    await this.#crew.whole();
    const clients = [...this.#startClients(), ...this.#startTransactors()];
    const followers = this.#startFollowers();
    const auditor = new Auditor(this.#crew);
    const epochs = this.#turnEpochs(auditor);
    const done = await this.#torment();
    this.#goesOn = false;
    await Promise.all(clients);
    await epochs;
    const areEqual = await this.#reckon(auditor);
    this.#isFollowed = false;
    await Promise.all(followers);
    auditor.close();
    for (const i of this.#crew.all) this.#crew.mayEnd(i);
    return this.#report(done, areEqual);
  }

  #startClients(): Promise<void>[] {
    const { clients, replicas, seed } = this.#options;
    return this.#crew.all.flatMap((home) =>
      Array.from({ length: clients }, (_, n) => {
        const name = `${this.#crew.name(home)}${n}`;
        const client = new ChaosClient({
          name,
          home,
          isReader: n % 2 === 1,
          replicas,
          caller: new Caller(this.#setting.cluster),
          random: new Random(seed, `client ${name}`),
          registers: this.#registers,
          ledger: this.#ledger,
          appends: this.#appends,
          mortals: this.#mortals,
          tally: this.#tally,
          story: this.#story,
        });
        return client.run(() => this.#goesOn);
      }),
    );
  }

  #startTransactors(): Promise<void>[] {
    const { replicas, seed } = this.#options;
    return this.#crew.all.map((home) => {
      const transactor = new Transactor({
        replicas,
        home,
        caller: new Caller(this.#setting.cluster),
        random: new Random(seed, `transactor ${home}`),
        pairs: this.#pairs,
        tally: this.#tally,
        story: this.#story,
      });
      return transactor.run(() => this.#goesOn);
    });
  }

  #startFollowers(): Promise<void>[] {
    const { cluster } = this.#setting;
    return this.#streams.map((stream, home) => {
      const random = new Random(this.#options.seed, `follower ${home}`);
      return new ChaosFollower({ cluster, home, random, stream }).run(() => this.#isFollowed);
    });
  }

  async #turnEpochs(auditor: Auditor): Promise<void> {
    try {
      while (this.#goesOn) {
        await elapse(epochMs);
        this.#registers.turn();
        await this.#registers.retire((key) => auditor.read(key));
      }
    } catch (error) {
      this.#story.found('other', messageOf(error));
    }
  }

  #torment(): Promise<Torment> {
    const { seed, durationMs } = this.#options;
    const { wires, disks, faults } = this.#setting;
    const stage = {
      crew: this.#crew,
      wires,
      disks,
      random: new Random(seed, 'faults'),
      story: this.#story,
      leaseMs: DEFAULT_TIMING.leaseMs,
      longestMs: Math.min(longestFaultMs, durationMs / 2),
    };
    return torment(stage, faults, durationMs, this.#tally);
  }

  /** Whether all replicas ended with the same. */
  async #reckon(auditor: Auditor): Promise<boolean> {
    const before = this.#story.counts.other;
    try {
      await this.#crew.whole();
      this.#registers.turn();
      await this.#registers.retire((key) => auditor.read(key));
      const kept = { registers: this.#registers, ledger: this.#ledger, appends: this.#appends, pairs: this.#pairs };
      const revision = await compareReplicas(this.#crew, { ...kept, mortals: this.#mortals }, this.#story);
      await until(
        `followers to hear of revision ${revision}`,
        () => this.#streams.every((stream) => stream.hasHeardOf(revision)),
        toldMs,
      );
    } catch (error) {
      this.#story.found('other', messageOf(error));
    }
    return this.#story.counts.other === before;
  }

  async #report({ counts, gapsMs }: Torment, areEqual: boolean): Promise<Report> {
    const { operations, refused, toldUncertain, unanswered, longestGapMs, transactions, conflicts } = this.#tally;
    return {
      options: this.#options,
      operations,
      faults: counts,
      uncertain: { told: toldUncertain, unanswered },
      refused,
      transactions: { done: transactions, conflicts },
      followed: {
        changes: sum(this.#streams.map(({ changes }) => changes)),
        resyncs: sum(this.#streams.map(({ resyncs }) => resyncs)),
      },
      longestGapMs,
      gapsMs,
      wrong: { ...this.#story.counts },
      findings: this.#story.findings,
      areEqual,
      evidence: this.#story.allFine ? undefined : await this.#keepEvidence(),
    };
  }

  /** Beside the replicas' data. */
  async #keepEvidence(): Promise<string> {
    const { cluster } = this.#setting;
    const { lines } = this.#story;
    await writeFile(join(cluster.directory, 'story.txt'), [...lines, '', cluster.said(), ''].join('\n'));
    return cluster.directory;
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
