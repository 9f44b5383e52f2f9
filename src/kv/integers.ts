/** Integers as Redis takes them: decimal, of 64 bits, without blanks, plus or leading zeros. */

const LEAST = -(2n ** 63n);
const MOST = 2n ** 63n - 1n;
const DECIMAL = /^(?:0|-?[1-9]\d{0,18})$/;

/** Null when `text` is none. */
export function parseInteger(text: string): bigint | null {
  if (!DECIMAL.test(text)) return null;
  const value = BigInt(text);
  return isInteger(value) ? value : null;
}

/** Whether it has 64 bits. */
export function isInteger(value: bigint): boolean {
  return value >= LEAST && value <= MOST;
}

/** As a number, which is not exact beyond 2^53: for what is compared with lengths. */
export function parseIndex(text: string): number | null {
  const value = parseInteger(text);
  return value === null ? null : Number(value);
}
