/**
 * What it takes to execute a write, as far as that can be told before. What is stored shows only a part of it: a short
 * command may make a value long, and others copy that value long before the first one is applied.
 */

/** Words of commands that copying so many bytes is worth: a mebibyte, as a value, takes half a millisecond or so. */
export function bytesWork(bytes: number): number {
  return bytes >>> 10;
}

/**
 * What a command that copies a value is worth, however short that is here: it may have been made long elsewhere, in a write
 * that is not applied yet.
 */
export const COPY_WORK = 16;

/** What executing a write may take besides its own bytes and words, as far as can be told before. */
export interface WriteLoad {
  /** How many commands in it copy a value, or answer it. */
  readonly copies: number;
  /** Bytes that these copy, all together. */
  readonly copied: number;
  /** Length of the longest value that it may leave, if that is long. */
  readonly longest: number;
  /** Bytes by which it may make the data grow that it does not bring itself. */
  readonly growth: number;
}

export const LIGHT: WriteLoad = { copies: 0, copied: 0, longest: 0, growth: 0 };

/** What writes that are under way here may make of the data, which nobody can see in what is stored: as in WriteLoad, of all. */
export type UnderWay = Pick<WriteLoad, 'longest' | 'growth'>;
