/**
 * A cluster on this machine: its daemons, from the first start until all are gone. A replica that cannot start ends everything,
 * since a person has to act; one that dies later is reported and, unless told otherwise, started again. It knows nothing
 * of signals: `run.ts` tells it when to stop.
 */

import { fileURLToPath } from 'node:url';
import { must } from '../base/assert.js';
import { dialHost } from '../node/host/addresses.js';
import { banner } from './banner.js';
import { readable } from './log-line.js';
import type { ClusterOptions } from './options.js';
import { commandByHand, planReplicas, type ReplicaPlan } from './plan.js';
import { ReplicaProcess } from './replica-process.js';
import type { Screen } from './screen.js';
import { type Answer, askWho } from './who.js';

const DAEMON = fileURLToPath(new URL('../daemon.js', import.meta.url));
/** What a daemon says of a directory that it is not to have. */
const OTHERS = 'belongs to another cluster';
const POLL_MS = 50;
/** How long the banner waits for the leader: one that does not come has its reason in the replicas' own lines. */
const LEADER_PATIENCE_MS = 4000;
const RESTART_MS = 1000;
const LONGEST_RESTART_MS = 30_000;
/** Who lived that long did not die of its start. */
const HEALTHY_MS = 10_000;
/** More than the daemons promise to need. */
const STOP_PATIENCE_MS = 10_000;

interface Replica {
  readonly plan: ReplicaPlan;
  readonly place: number;
  process: ReplicaProcess | undefined;
  startedAt: number;
  restartMs: number;
}

export class Cluster {
  readonly #options: ClusterOptions;
  readonly #screen: Screen;
  readonly #replicas: readonly Replica[];
  readonly #timers = new Set<NodeJS.Timeout>();
  #phase: 'starting' | 'running' | 'stopping' = 'starting';
  #exitCode = 0;
  /** A directory was refused because it is another cluster's. */
  #isOthers = false;
  #finish: (code: number) => void = () => {};
  /** The exit code, when the last daemon is gone. */
  readonly over: Promise<number>;

  constructor(options: ClusterOptions, screen: Screen) {
    this.#options = options;
    this.#screen = screen;
    this.#replicas = planReplicas(options).map((plan, place) => {
      return { plan, place, process: undefined, startedAt: 0, restartMs: RESTART_MS };
    });
    this.over = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  start(): void {
    for (const replica of this.#replicas) this.#launch(replica);
    this.#awaitService(performance.now());
  }

  /** Lets all end in order, at the same time. */
  stop(): void {
    if (this.#phase === 'stopping') return;
    this.#phase = 'stopping';
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    for (const { process } of this.#replicas) process?.stop();
    this.#later(STOP_PATIENCE_MS, () => {
      this.#screen.say(`still not ended after ${STOP_PATIENCE_MS / 1000} s: killed`);
      this.#exitCode ||= 1;
      this.kill();
    });
    this.#finishIfOver();
  }

  /** Ends all at once; what they acknowledged is on their disks. */
  kill(): void {
    this.#phase = 'stopping';
    for (const { process } of this.#replicas) process?.kill();
  }

  #launch(replica: Replica): void {
    const { plan, place } = replica;
    replica.startedAt = performance.now();
    // Their lines go through a pipe, and are made readable here.
    replica.process = new ReplicaProcess(DAEMON, [...plan.args, '--log-format', 'json'], {
      line: (text) => {
        if (text.includes(OTHERS)) this.#isOthers = true;
        this.#screen.about(place, plan.label, readable(text));
      },
      ended: (how, code) => this.#onEnded(replica, how, code),
    });
  }

  #onEnded(replica: Replica, how: string, code: number | null): void {
    if (this.#phase === 'stopping') this.#finishIfOver();
    else if (this.#phase === 'starting' && code !== null) this.#giveUp(replica, how, code);
    else if (this.#options.restart) this.#restartLater(replica, how);
    else this.#reportDead(replica, how);
  }

  #giveUp({ plan, place }: Replica, how: string, code: number): void {
    this.#screen.about(place, plan.label, `${how} before the cluster was up, so all are stopped`);
    // Most often it is the number of replicas that has changed.
    if (this.#isOthers) this.#screen.say('to begin anew in these directories, and lose what is in them: --fresh');
    this.#exitCode = code === 2 ? 2 : 1;
    this.stop();
  }

  #restartLater(replica: Replica, how: string): void {
    const { plan, place, startedAt } = replica;
    if (performance.now() - startedAt > HEALTHY_MS) replica.restartMs = RESTART_MS;
    const ms = replica.restartMs;
    replica.restartMs = Math.min(ms * 2, LONGEST_RESTART_MS);
    this.#screen.about(place, plan.label, `${how}; it is started again in ${ms / 1000} s`);
    this.#later(ms, () => {
      this.#launch(replica);
      this.#awaitReturn(replica, must(replica.process, 'the process just launched'));
    });
  }

  #reportDead({ plan, place }: Replica, how: string): void {
    this.#screen.about(place, plan.label, `${how}; to bring it back:  ${commandByHand(plan, DAEMON)}`);
    const left = this.#replicas.some(({ process }) => process?.over === false);
    if (left) return;
    this.#screen.say('no replica is left');
    this.#exitCode = 1;
    this.stop();
  }

  #awaitReturn(replica: Replica, process: ReplicaProcess): void {
    void this.#who(replica).then((who) => {
      if (process.over || this.#phase === 'stopping') return;
      if (who === undefined) this.#later(POLL_MS, () => this.#awaitReturn(replica, process));
      else this.#screen.about(replica.place, replica.plan.label, `is back, pid ${process.pid}`);
    });
  }

  #awaitService(since: number): void {
    void Promise.all(this.#replicas.map((replica) => this.#who(replica))).then((answers) => {
      if (this.#phase !== 'starting') return;
      const patient = performance.now() - since < LEADER_PATIENCE_MS;
      const serves = answers.every((who) => who !== undefined);
      // The first of the list leads in the end; who leads before it is up is of no use to anybody.
      const settled = answers.every((who) => who?.leader === this.#replicas[0]?.plan.name);
      if (serves && (settled || !patient)) this.#announce(answers[0]);
      else this.#later(POLL_MS, () => this.#awaitService(since));
    });
  }

  #announce(answer: Answer | undefined): void {
    this.#phase = 'running';
    const standings = this.#replicas.map(({ plan, process }) => {
      return { plan, pid: process?.pid ?? 0, leads: plan.name === answer?.leader };
    });
    const { waiting = '', apart = [] } = answer ?? {};
    this.#screen.say(banner(this.#options, standings, { waiting, apart }));
  }

  /** Undefined unless it is the process started here that answers: another replica may have the port. */
  async #who({ plan, process }: Replica): Promise<Answer | undefined> {
    const answer = await askWho(dialHost(this.#options.host), plan.clientPort);
    return answer?.pid === process?.pid && process?.over === false ? answer : undefined;
  }

  #later(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ms);
    this.#timers.add(timer);
  }

  #finishIfOver(): void {
    if (this.#replicas.some(({ process }) => process?.over === false)) return;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#finish(this.#exitCode);
  }
}
