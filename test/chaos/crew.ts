/**
 * The replicas as processes to be tormented: killed, stopped, started again, and told apart by who leads. A process that ends
 * without being made to is a finding; one whose disk died may.
 */
import type { FullStatus } from '#src/node/service.js';
import type { LocalCluster } from '../cluster/local-cluster.js';
import { until } from '../cluster/until.js';
import { Caller } from './caller.js';
import type { Story } from './story.js';

/** Longer than a replica on a busy machine needs for a long log. */
const recoveryMs = 90_000;
const statusMs = 1_000;
const lastWords = 3_000;
/** What is under way between leader and followers. */
const fewSlots = 20;

/** From one start of a process to its end. */
interface Life {
  mayEnd: boolean;
}

export class Crew {
  readonly cluster: LocalCluster;
  readonly #story: Story;
  readonly #lives = new Map<number, Life>();
  readonly #paused = new Set<number>();

  constructor(cluster: LocalCluster, story: Story) {
    this.cluster = cluster;
    this.#story = story;
  }

  get all(): readonly number[] {
    return this.cluster.places.map((_, i) => i);
  }

  name(i: number): string {
    return this.cluster.place(i).name;
  }

  names(some: readonly number[]): string {
    return some.map((i) => this.name(i)).join(', ');
  }

  start(i: number): void {
    const { daemon, name } = this.cluster.place(i);
    const life: Life = { mayEnd: false };
    this.#lives.set(i, life);
    daemon.start();
    void daemon.ended.then(({ code, signal }) => {
      if (life.mayEnd) return;
      this.#story.found(
        'other',
        `${name} ended by itself (${signal ?? code})`,
        `, saying\n${daemon.output.slice(-lastWords)}`,
      );
    });
  }

  /** kill -9, also of one that is stopped. */
  async kill(i: number): Promise<void> {
    this.mayEnd(i);
    this.#paused.delete(i);
    await this.cluster.daemon(i).kill();
  }

  /** SIGTERM. */
  async end(i: number): Promise<void> {
    this.mayEnd(i);
    await this.cluster.daemon(i).terminate();
  }

  /** From here on it is no wonder when it ends by itself. */
  mayEnd(i: number): void {
    const life = this.#lives.get(i);
    if (life !== undefined) life.mayEnd = true;
  }

  mustLive(i: number): void {
    const life = this.#lives.get(i);
    if (life !== undefined) life.mayEnd = false;
  }

  pause(i: number): void {
    this.#paused.add(i);
    this.cluster.daemon(i).signal('SIGSTOP');
  }

  resume(i: number): void {
    this.#paused.delete(i);
    this.cluster.daemon(i).signal('SIGCONT');
  }

  /** Whom those who answer take for their leader; most of them, where they do not agree. */
  async leader(): Promise<number | undefined> {
    const asked = this.cluster.alive().filter((i) => !this.#paused.has(i));
    const named = await Promise.all(asked.map((i) => this.status(i)));
    const votes = new Map<number, number>();
    for (const status of named) {
      const leader = this.cluster.places.findIndex(({ name }) => name === status?.leader);
      if (leader >= 0) votes.set(leader, (votes.get(leader) ?? 0) + 1);
    }
    const [most] = [...votes].sort(([, a], [, b]) => b - a);
    return most?.[0];
  }

  /** Undefined when it does not answer. */
  async status(i: number): Promise<FullStatus | undefined> {
    const caller = new Caller(this.cluster);
    try {
      if (!(await caller.connect(i))) return undefined;
      const line = await caller.ask('STATUS JSON', statusMs);
      return line === undefined ? undefined : (JSON.parse(line) as FullStatus);
    } finally {
      caller.close();
    }
  }

  /** Whether it takes part in everything again and has what the others have. */
  async isWell(i: number): Promise<boolean> {
    const status = await this.status(i);
    const own = status?.replicas[i];
    return (
      status?.established === true &&
      own?.ineligible === null &&
      own.lagSlots !== null &&
      own.lagSlots <= fewSlots &&
      status.replicas.every(({ contact }) => contact)
    );
  }

  /** Waits until all are in contact with one another and follow one leader. */
  async whole(): Promise<void> {
    const missing = this.all.filter((i) => !this.cluster.daemon(i).alive);
    if (missing.length > 0) throw new Error(`${this.names(missing)} will not be back`);
    await until(
      'all replicas to be together again',
      async () => {
        const seen = await Promise.all(this.all.map((i) => this.status(i)));
        const leader = seen[0]?.leader;
        return seen.every(
          (status) =>
            status?.leader === leader &&
            leader !== null &&
            status?.established === true &&
            status.replicas.every(({ contact, lagSlots }) => contact && lagSlots !== null),
        );
      },
      recoveryMs,
    );
  }
}
