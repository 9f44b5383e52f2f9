/**
 * The clocks of one machine as functions of true time: they drift, the wall clock is set now and then, and the monotonic one
 * stands still while the machine is suspended. They go on when the processes on the machine die.
 */

/** Some day in 2024. */
const EPOCH_MS = 1_720_000_000_000;

export class Quartz {
  /** The monotonic clock showed `#mono` at true time `#since`, and goes at `#rate` from then on. */
  #since = 0;
  #mono: number;
  #rate: number;
  #wallOffset: number;

  constructor(mono: number, rate: number, wallError: number) {
    this.#mono = mono;
    this.#rate = rate;
    this.#wallOffset = EPOCH_MS + wallError - mono;
  }

  mono(at: number): number {
    return at <= this.#since ? this.#mono : this.#mono + (at - this.#since) * this.#rate;
  }

  wall(at: number): number {
    return this.mono(at) + this.#wallOffset;
  }

  /** True time at which the monotonic clock shows `mono`, as far as can be known now. */
  whenMono(mono: number): number {
    return this.#since + (mono - this.#mono) / this.#rate;
  }

  setRate(rate: number, at: number): void {
    this.#mono = this.mono(at);
    this.#since = Math.max(at, this.#since);
    this.#rate = rate;
  }

  /** Somebody sets the wall clock. */
  jump(ms: number): void {
    this.#wallOffset += ms;
  }

  /** The machine is suspended: its monotonic clock stands still until it goes on, when the wall clock is right again. */
  suspend(from: number, ms: number): void {
    this.#mono = this.mono(from);
    this.#since = Math.max(from, this.#since) + ms;
    this.#wallOffset += ms;
  }

  /** True time until which the machine is suspended; in the past when it is not. */
  get suspendedUntil(): number {
    return this.#since;
  }

  /** A suspended machine is started anew. */
  wakeUp(at: number): void {
    if (this.#since <= at) return;
    this.#wallOffset -= this.#since - at;
    this.#since = at;
  }
}
