/**
 * What went on and when, by the wall clock, to be held against what other processes saw: windows with a name, which may overlap.
 */

export interface Window {
  readonly what: string;
  readonly from: number;
  /** Infinite while it lasts. */
  readonly to: number;
}

export class Timeline {
  readonly #windows: { readonly what: string; readonly from: number; to: number }[] = [];

  get windows(): readonly Window[] {
    return this.#windows;
  }

  /** Begins a window; whoever calls ends it with what is returned. */
  begin(what: string): () => void {
    const window = { what, from: Date.now(), to: Number.POSITIVE_INFINITY };
    this.#windows.push(window);
    return () => {
      window.to = Date.now();
    };
  }

  /** Whether anything of that name went on at some moment between the two. */
  during(what: string, from: number, to: number): boolean {
    return this.#windows.some((window) => window.what === what && window.from < to && window.to > from);
  }
}
