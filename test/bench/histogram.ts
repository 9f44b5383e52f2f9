/**
 * A latency histogram with a fixed relative error, in the manner of HdrHistogram: exact below 256 µs, then 128 steps to
 * every doubling, so that recording is one addition and percentiles are right to within 1 %. It knows microseconds and
 * counts, nothing about what was measured.
 */

const exactBelow = 256;
const stepsPerDoubling = 128;
const doublings = 24;

/** A histogram's contents as plain data: buckets that are not empty, with their counts. */
export interface Counts {
  readonly places: readonly number[];
  readonly counts: readonly number[];
  readonly largest: number;
}

/** Counts durations in microseconds, from 0 to about 70 minutes. */
export class Histogram {
  readonly #counts = new Float64Array(exactBelow + stepsPerDoubling * doublings);
  #total = 0;
  #largest = 0;

  get total(): number {
    return this.#total;
  }

  get largest(): number {
    return this.#largest;
  }

  record(micros: number): void {
    const whole = micros < 0 ? 0 : Math.floor(micros);
    const place = Math.min(bucketOf(whole), this.#counts.length - 1);
    this.#counts[place] = (this.#counts[place] ?? 0) + 1;
    this.#total++;
    if (micros > this.#largest) this.#largest = micros;
  }

  /** All that was recorded, for `merge` in another process. */
  get contents(): Counts {
    const places = [...this.#counts.keys()].filter((place) => (this.#counts[place] ?? 0) > 0);
    return { places, counts: places.map((place) => this.#counts[place] ?? 0), largest: this.#largest };
  }

  merge({ places, counts, largest }: Counts): void {
    places.forEach((place, i) => {
      const count = counts[i] ?? 0;
      this.#counts[place] = (this.#counts[place] ?? 0) + count;
      this.#total += count;
    });
    this.#largest = Math.max(this.#largest, largest);
  }

  /** The duration which `fraction` of all recorded ones do not exceed, in microseconds; 0 when nothing was recorded. */
  percentile(fraction: number): number {
    const wanted = Math.ceil(this.#total * fraction);
    let seen = 0;
    for (let place = 0; place < this.#counts.length; place++) {
      seen += this.#counts[place] ?? 0;
      if (seen >= wanted && seen > 0) return Math.min(upperEdge(place), this.#largest);
    }
    return this.#largest;
  }
}

function bucketOf(micros: number): number {
  if (micros < exactBelow) return micros;
  const doubling = Math.floor(Math.log2(micros / exactBelow));
  const width = 2 ** (doubling + 1);
  return exactBelow + doubling * stepsPerDoubling + Math.floor((micros - exactBelow * 2 ** doubling) / width);
}

function upperEdge(place: number): number {
  if (place < exactBelow) return place + 1;
  const doubling = Math.floor((place - exactBelow) / stepsPerDoubling);
  const step = (place - exactBelow) % stepsPerDoubling;
  return exactBelow * 2 ** doubling + (step + 1) * 2 ** (doubling + 1);
}
