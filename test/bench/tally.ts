/**
 * What all clients of one generator count together: operations and latencies after the warm-up, errors and pauses from the
 * first moment. It is told what happened and when; it neither sends nor measures.
 */
import { Histogram } from './histogram.js';
import type { Gap, Slice } from './load.js';
import { gapFloorMs, sliceMs } from './load.js';
import type { Outcome } from './wire.js';

export class Tally {
  readonly latency = new Histogram();
  readonly errors = new Map<string, number>();
  readonly gaps: Gap[] = [];
  readonly slices: Slice[] = [];
  operations = 0;
  missing = 0;
  lost = 0;
  /** Until then only errors and pauses count. */
  counting = false;
  readonly #slicing: boolean;
  #lastAnswerAt = -1;
  #slice = new Histogram();
  #sliceAt = 0;

  /** `slicing`: latencies are also kept slice by slice. */
  constructor(slicing = false) {
    this.#slicing = slicing;
  }

  /** `now` and `sentAt` are monotonic milliseconds. */
  replied(outcome: Outcome, text: string, sentAt: number, now: number): void {
    if (outcome === 'error') {
      this.errors.set(text, (this.errors.get(text) ?? 0) + 1);
      return;
    }
    this.#answered(now);
    if (!this.counting) return;
    this.operations++;
    if (outcome === 'missing') this.missing++;
    const micros = (now - sentAt) * 1000;
    this.latency.record(micros);
    if (!this.#slicing) return;
    if (now >= this.#sliceAt + sliceMs) this.#nextSlice(now);
    this.#slice.record(micros);
  }

  /** The end of the measuring; a pause that lasts until then counts too. */
  finish(now: number): void {
    this.#answered(now);
    this.counting = false;
    this.#nextSlice(now);
  }

  #nextSlice(now: number): void {
    if (this.#slice.total > 0) {
      this.slices.push({ startWallMs: performance.timeOrigin + this.#sliceAt, latencies: this.#slice.contents });
      this.#slice = new Histogram();
    }
    this.#sliceAt = now - (now % sliceMs);
  }

  #answered(now: number): void {
    const ms = now - this.#lastAnswerAt;
    if (ms === 0) return;
    if (this.#lastAnswerAt >= 0 && ms >= gapFloorMs) {
      this.gaps.push({ startWallMs: performance.timeOrigin + this.#lastAnswerAt, ms });
    }
    this.#lastAnswerAt = now;
  }
}
