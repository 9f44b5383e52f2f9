/** The words of a command in the log, where they stand: what need not be a string is not made one. */
export interface LoggedWords {
  readonly words: number;
  /** What the words stand in. */
  readonly source: Uint8Array;
  text(index: number): string;
  /** Where word `index` begins in the source. */
  start(index: number): number;
  /** Where it ends. */
  stop(index: number): number;
}
