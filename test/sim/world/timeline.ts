/**
 * True time, which no replica sees, and everything that is going to happen in it, in order. One thing happens at a time; what is
 * due at the same instant happens in the order in which it was asked for.
 */

export interface Happening {
  readonly at: number;
  readonly order: number;
  /** Null when it was cancelled. */
  fire: (() => void) | null;
}

export class Timeline {
  /** Milliseconds since the beginning. */
  now = 0;
  /** How many things have happened. */
  happened = 0;
  #order = 0;
  readonly #heap: Happening[] = [];

  /** Not before now. */
  at(at: number, fire: () => void): Happening {
    const happening = { at: Math.max(at, this.now), order: this.#order++, fire };
    this.#up(happening);
    return happening;
  }

  in(ms: number, fire: () => void): Happening {
    return this.at(this.now + ms, fire);
  }

  /** Lets the next thing happen; false when nothing is due up to `end`, where time then stands. */
  step(end: number): boolean {
    for (let next = this.#heap[0]; next !== undefined && next.at <= end; next = this.#heap[0]) {
      this.#down();
      const { fire } = next;
      if (fire === null) continue;
      this.now = next.at;
      this.happened++;
      fire();
      return true;
    }
    this.now = end;
    return false;
  }

  #up(happening: Happening): void {
    const heap = this.#heap;
    let hole = heap.length;
    heap.push(happening);
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      const above = heap[parent] as Happening;
      if (!before(happening, above)) break;
      heap[hole] = above;
      hole = parent;
    }
    heap[hole] = happening;
  }

  /** Takes the first out. */
  #down(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1] as Happening, heap[child] as Happening)) child++;
      const below = heap[child] as Happening;
      if (!before(below, last)) break;
      heap[hole] = below;
      hole = child;
    }
    heap[hole] = last;
  }
}

function before(a: Happening, b: Happening): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
