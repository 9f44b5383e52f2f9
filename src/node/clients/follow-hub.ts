/**
 * FOLLOW for all clients of a replica. What changes is read once, made into lines once, and those are sent to all who
 * follow the same prefix in one pass over them; what changes during a pass goes into the next. So the more there are, the
 * more one line to each carries, and no turn of the event loop is longer for it. Who begins further back, or takes too
 * little, is served apart from the change log until it is level with the others (follow.ts).
 */

import { must } from '../../base/assert.js';
import type { Clock } from '../../base/clock.js';
import type { Revision } from '../../base/ids.js';
import type { StateMachine } from '../../kv/state-machine.js';
import type { ChangeNews, Listener } from './change-news.js';
import { changeLine, revisionLine } from './follow-lines.js';
import { PrefixTree } from './prefix-tree.js';
import { Slices, type Work } from './slices.js';

/** One that follows, as the hub sees it. */
export interface Follower {
  readonly prefix: string;
  /** Everything up to here it was sent, or does not want. */
  readonly position: Revision;
  /** Sends lines, which take it up to a revision; false when it must take some of what it was sent before it is sent more. */
  send(lines: string, upTo: Revision): boolean;
  /** What it was sent need not lead to the state as it is: it is to get that whole. */
  restart(): void;
  /** Nothing that it wants to hear of changed up to here. */
  reached(upTo: Revision): void;
  /** To be looked at now and then: it may have fallen behind. */
  look(): void;
  /** Works until it is level with its feed, and joins it; what it did before is over. */
  serve(): Work;
}

export interface FollowHubOptions {
  readonly clock: Clock;
  readonly news: ChangeNews;
  readonly machine: StateMachine;
  /** The state must be shown to nobody. */
  isDistrusted(): boolean;
}

const TICK_MS = 1_000;

/** So long without a line, and those who follow are told that nothing was missed. */
const IDLE_MS = 5_000;

/** Sends of one step of a pass: a fraction of a millisecond. */
const SENDS_PER_STEP = 16;

/** A pass that takes longer leaves the event loop to others for a while before the next. */
const LONG_PASS_MS = 10;
const PASS_REST_MS = 50;

/** Of what has gathered for a feed: everyone who takes nothing may have to have as much waiting. */
const MOST_LINES_BYTES = 64 * 1024;

/** Each keeps what is overwritten meanwhile, and every write has to ask it. */
const RESYNCS_AT_ONCE = 8;

/** All who follow one prefix. */
class Feed {
  readonly all = new Set<Follower>();
  /** Those whom passes reach. */
  readonly level = new Set<Follower>();
  /** Those that wait for a revision to come. */
  readonly early = new Set<Follower>();
  /** Of changes above `sentUpTo` that no pass has. */
  lines = '';
  sentUpTo: Revision;
  /** Those to whom the pass under way has still to come, and from where on its lines are. */
  unsent = new Set<Follower>();
  passFrom: Revision;
  sentAt: number;
  /** Under way, or resting between two; others are over. */
  passes: Work | null = null;

  constructor(sentUpTo: Revision, sentAt: number) {
    this.sentUpTo = sentUpTo;
    this.passFrom = sentUpTo;
    this.sentAt = sentAt;
  }
}

export class FollowHub implements Listener {
  readonly #options: FollowHubOptions;
  readonly #slices: Slices;
  readonly #feeds = new Map<string, Feed>();
  /** The same, to find those that want a key. */
  readonly #tree = new PrefixTree<Feed>();
  #upTo: Revision;
  #era: number;
  #resyncs = 0;
  /** For others to have been sent a whole state. */
  readonly #waiting = new Set<Follower>();
  #cancelTick: (() => void) | null = null;

  constructor(options: FollowHubOptions) {
    this.#options = options;
    this.#slices = new Slices(options.clock);
    this.#upTo = options.machine.revision;
    this.#era = options.machine.changes.era;
  }

  /** Everything that changed up to here has been read. */
  get upTo(): Revision {
    return this.#upTo;
  }

  /** It is sent what changes above its position. */
  add(follower: Follower): void {
    this.#begin();
    const feed = this.#feeds.get(follower.prefix) ?? this.#newFeed(follower.prefix);
    feed.all.add(follower);
  }

  remove(follower: Follower): void {
    const { prefix } = follower;
    const feed = this.#feeds.get(prefix);
    if (feed === undefined || !feed.all.delete(follower)) return;
    feed.level.delete(follower);
    feed.early.delete(follower);
    this.#waiting.delete(follower);
    if (feed.all.size > 0) return;
    this.#feeds.delete(prefix);
    this.#tree.delete(prefix);
    if (this.#feeds.size === 0) this.#rest();
  }

  /**
   * True when the follower may be sent a whole state now, until it says that it was; else it is looked at when it may ask
   * again.
   */
  mayResync(follower: Follower): boolean {
    if (this.#resyncs === RESYNCS_AT_ONCE) {
      this.#waiting.add(follower);
      return false;
    }
    this.#waiting.delete(follower);
    this.#resyncs++;
    return true;
  }

  resynced(): void {
    this.#resyncs--;
    for (const next of this.#waiting) {
      this.#waiting.delete(next);
      next.look();
      break;
    }
  }

  /** Does the follower's work in slices. */
  work(work: Work): void {
    this.#slices.add(work);
  }

  /** How far those are who are level with the others of this prefix. */
  levelOf(prefix: string): Revision {
    const feed = this.#feedOf(prefix);
    return feed.lines === '' ? this.#upTo : feed.sentUpTo;
  }

  /** Passes reach it from now on. Its position is at least `levelOf` its prefix. */
  join(follower: Follower): void {
    const feed = this.#feedOf(follower.prefix);
    if (follower.position > this.levelOf(follower.prefix)) feed.early.add(follower);
    else feed.level.add(follower);
  }

  changed(): void {
    if (this.#feeds.size === 0) return;
    this.#options.news.await(this);
    this.read();
  }

  /** Whether nothing may be shown to those who follow. */
  get isDistrusted(): boolean {
    return this.#options.isDistrusted();
  }

  #begin(): void {
    const { news, machine } = this.#options;
    if (this.#feeds.size > 0) {
      this.read();
      return;
    }
    this.#upTo = machine.revision;
    this.#era = machine.changes.era;
    news.await(this);
    this.#arm();
  }

  #rest(): void {
    this.#options.news.forget(this);
    this.#cancelTick?.();
    this.#cancelTick = null;
  }

  #newFeed(prefix: string): Feed {
    const feed = new Feed(this.#upTo, this.#options.clock.mono());
    this.#feeds.set(prefix, feed);
    this.#tree.set(prefix, feed);
    return feed;
  }

  #feedOf(prefix: string): Feed {
    return must(this.#feeds.get(prefix), 'the feed of a follower');
  }

  /** Takes in what has changed. */
  read(): void {
    if (this.isDistrusted) return;
    const { changes, revision } = this.#options.machine;
    const isAnother = changes.era !== this.#era || changes.since > this.#upTo;
    const before = this.#upTo;
    this.#era = changes.era;
    this.#upTo = revision;
    if (isAnother) this.#restartAll();
    else if (revision > before) this.#gather(before);
  }

  #gather(before: Revision): void {
    const cursor = this.#options.machine.changes.after(before);
    const fed = new Set<Feed>();
    while (cursor.next()) {
      let line = '';
      this.#tree.visit(cursor.key, (feed) => {
        // It is broken up: what more there is will be read for each apart.
        if (feed.lines.length > MOST_LINES_BYTES) return;
        if (line === '') line = changeLine(cursor);
        if (feed.lines === '') feed.sentUpTo = before;
        feed.lines += line;
        fed.add(feed);
      });
    }
    for (const feed of fed) {
      if (feed.lines.length > MOST_LINES_BYTES) this.#breakUp(feed);
      else this.#beginPass(feed);
    }
  }

  /** More changes than all can be sent at once: everyone is served apart, as fast as each can take it. */
  #breakUp(feed: Feed): void {
    feed.lines = '';
    for (const follower of feed.level) {
      follower.reached(feed.unsent.has(follower) ? feed.passFrom : feed.sentUpTo);
      this.#slices.add(follower.serve());
    }
    feed.level.clear();
    feed.unsent.clear();
    this.#callEarly(feed);
  }

  #restartAll(): void {
    for (const feed of this.#feeds.values()) {
      feed.lines = '';
      feed.sentAt = this.#options.clock.mono();
      feed.passes = null;
      feed.unsent.clear();
      feed.level.clear();
      feed.early.clear();
      for (const follower of feed.all) follower.restart();
    }
  }

  #beginPass(feed: Feed): void {
    if (feed.passes !== null) return;
    const passes: Work = this.#passes(feed, () => feed.passes === passes);
    feed.passes = passes;
    this.#slices.add(passes);
  }

  /** Passes over a feed, as long as there is something to send. */
  *#passes(feed: Feed, isOwn: () => boolean): Generator<'rest' | undefined, void> {
    while (isOwn() && feed.lines !== '') {
      const { lines, level } = feed;
      const upTo = this.#upTo;
      feed.lines = '';
      feed.passFrom = feed.sentUpTo;
      feed.unsent = new Set(level);
      feed.sentAt = this.#options.clock.mono();
      this.#callEarly(feed);
      let sends = 0;
      for (const follower of feed.unsent) {
        // It may have left meanwhile, or all are being sent another state.
        if (!isOwn() || this.isDistrusted) return;
        feed.unsent.delete(follower);
        if (!level.has(follower)) continue;
        if (!follower.send(lines, upTo)) level.delete(follower);
        if (++sends % SENDS_PER_STEP === 0) yield;
      }
      if (!isOwn()) return;
      if (this.#options.clock.mono() - feed.sentAt > LONG_PASS_MS) yield this.#pauseBetween(feed.passes);
    }
    if (isOwn()) feed.passes = null;
  }

  /** What changes meanwhile costs no more to send than a part of it. */
  #pauseBetween(passes: Work | null): 'rest' {
    const { clock } = this.#options;
    clock.at(clock.mono() + PASS_REST_MS, () => {
      if (passes !== null) this.#slices.add(passes);
    });
    return 'rest';
  }

  /** The revision that they wait for has come. */
  #callEarly(feed: Feed): void {
    for (const follower of feed.early) {
      if (follower.position >= this.#upTo) continue;
      feed.early.delete(follower);
      this.#slices.add(follower.serve());
    }
  }

  #arm(): void {
    const { clock } = this.#options;
    this.#cancelTick = clock.at(clock.mono() + TICK_MS, () => {
      this.#arm();
      this.#tick();
    });
  }

  #tick(): void {
    this.read();
    if (this.isDistrusted) return;
    const idleSince = this.#options.clock.mono() - IDLE_MS;
    for (const feed of this.#feeds.values()) {
      for (const follower of feed.all) follower.look();
      if (feed.lines !== '' || feed.passes !== null || feed.sentAt > idleSince) continue;
      feed.lines = revisionLine(this.#upTo);
      feed.sentUpTo = this.#upTo;
      this.#beginPass(feed);
    }
  }
}
