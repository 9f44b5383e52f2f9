/**
 * Binary protocols as latin1 strings, one character for each byte: joining and writing those is the cheapest thing Node offers
 * (see wire.ts).
 */

export const text = (bytes: readonly number[]): string => String.fromCharCode(...bytes);

/** Four bytes, the highest first; negative numbers in two's complement. */
export const u32 = (n: number): string => text([(n >>> 24) & 255, (n >>> 16) & 255, (n >>> 8) & 255, n & 255]);
