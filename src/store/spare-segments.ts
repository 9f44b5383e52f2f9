/**
 * Sees to it that there is always one segment more than the log is using, so that an append never meets a full disk. Makes it
 * in the background, slowly while there is time; says when there is no room for it, tries again until there is, and says that.
 */

import type { Clock } from '../base/clock.js';
import { CodedError, messageOf } from '../base/errors.js';
import { sizeText } from '../base/size-text.js';
import type { Files } from './files.js';
import type { Segment } from './log-format.js';
import {
  EMPTY_START,
  makeSegment,
  nextSize,
  removeUnfinished,
  type SegmentSizes,
  spaceNeeded,
} from './segment-files.js';

/** Between two chunks, while the segment in use has room: a quarter of the disk's time at most goes to zeros. */
const PACE_MS = 10;
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 5_000;

export interface SpareEvents {
  failed(error: CodedError): void;
  space(ok: boolean, reason: string): void;
}

export interface SpareOptions {
  readonly files: Files;
  readonly clock: Clock;
  readonly directory: string;
  readonly sizes: SegmentSizes;
  readonly events: SpareEvents;
}

export class SpareSegments {
  private readonly options: SpareOptions;
  private readonly ready: Segment[];
  /** The newest segment there is. */
  private newest: Segment;
  private making: Promise<void> | null = null;
  private waiter: ((segment: Segment | undefined) => void) | null = null;
  private cutShort: (() => void) | null = null;
  private isHurried = false;
  private isLastCall = false;
  private isStopped = false;
  private hasSpace = true;

  /** `spares` exist already; `newest` is the last of them, or the segment in use. */
  constructor(options: SpareOptions, newest: Segment, spares: readonly Segment[]) {
    this.options = options;
    this.newest = newest;
    this.ready = [...spares];
  }

  /** Begins to make a spare if there is none. */
  start(): void {
    if (this.ready.length > 0 || this.making !== null || this.isStopped) return;
    if (this.isLastCall && this.waiter === null) return;
    this.making = this.make();
  }

  /** The segment in use is filling up. */
  hurry(): void {
    this.isHurried = true;
  }

  /** The next segment, once it is there; undefined when it never will be. Begins to make another. */
  async take(): Promise<Segment | undefined> {
    const segment = this.ready.shift() ?? (await this.wait());
    this.isHurried = false;
    this.start();
    return segment;
  }

  /** From here on a spare is made only for somebody who waits for it, and nobody waits for room. */
  lastCall(): void {
    this.isLastCall = true;
    this.cutShort?.();
  }

  /** Gives up what is being made. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.cutShort?.();
    await this.making;
  }

  private wait(): Promise<Segment | undefined> {
    if (this.isStopped) return Promise.resolve(undefined);
    this.isHurried = true;
    this.cutShort?.();
    return new Promise((settle) => {
      this.waiter = settle;
      this.start();
    });
  }

  private tell(segment: Segment | undefined): void {
    const { waiter } = this;
    this.waiter = null;
    if (waiter !== null) waiter(segment);
    else if (segment !== undefined) this.ready.push(segment);
  }

  private async make(): Promise<void> {
    const segment = { number: this.newest.number + 1, size: nextSize(this.newest.size, this.options.sizes) };
    let retryMs = FIRST_RETRY_MS;
    let made = false;
    while (!made && !this.isGivenUp()) {
      made = await this.attempt(segment);
      if (this.hasSpace || this.isGivenUp()) continue;
      await this.pause(retryMs);
      retryMs = Math.min(2 * retryMs, LAST_RETRY_MS);
    }
    this.making = null;
    if (made) this.newest = segment;
    this.tell(made ? segment : undefined);
  }

  /** One try; says when room is short, and when it no longer is. */
  private async attempt(segment: Segment): Promise<boolean> {
    const { files, directory, events } = this.options;
    try {
      await this.checkSpace(segment.size);
      const made = await makeSegment(files, directory, segment, EMPTY_START, () => this.pace());
      if (!made) await removeUnfinished(files, directory);
      if (made) this.noteSpace(true, '');
      return made;
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      if (error.code !== 'no-space') {
        this.isStopped = true;
        events.failed(error);
        return false;
      }
      await this.clearAway();
      this.noteSpace(false, messageOf(error));
      return false;
    }
  }

  private async checkSpace(size: number): Promise<void> {
    const { files, directory } = this.options;
    const free = await files.freeBytes(directory);
    if (free >= spaceNeeded(size)) return;
    const message = `${directory} has ${sizeText(free)} free, and the log needs ${sizeText(spaceNeeded(size))} to go on`;
    throw new CodedError('no-space', message, { free });
  }

  /** What was written before the disk was full takes room from others. */
  private async clearAway(): Promise<void> {
    try {
      await removeUnfinished(this.options.files, this.options.directory);
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      this.isStopped = true;
      this.options.events.failed(error);
    }
  }

  private noteSpace(ok: boolean, reason: string): void {
    if (ok === this.hasSpace) return;
    this.hasSpace = ok;
    this.options.events.space(ok, reason);
  }

  private isGivenUp(): boolean {
    return this.isStopped || (this.isLastCall && (this.waiter === null || !this.hasSpace));
  }

  private async pace(): Promise<boolean> {
    if (!this.isHurried) await this.pause(PACE_MS);
    return !this.isGivenUp();
  }

  private pause(ms: number): Promise<void> {
    if (this.isGivenUp()) return Promise.resolve();
    const { clock } = this.options;
    return new Promise((settle) => {
      const cancel = clock.at(clock.mono() + ms, settle);
      this.cutShort = () => {
        cancel();
        settle();
      };
    });
  }
}
