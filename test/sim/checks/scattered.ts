/**
 * Marks of operations: the marks of all that are done, joined by exclusive or, tell one set of operations from another whatever
 * the order they were done in. Both checkers of histories remember by them where they have been.
 */

/** Two salts make 64 bits, which do not collide in as many steps as a search may take. */
export const HIGH = 0x9e3779b1;
export const LOW = 0xc2b2ae35;

/** 32 bits that look random. */
export function scattered(index: number, salt: number): number {
  let bits = Math.imul(index + 1, salt);
  bits = Math.imul(bits ^ (bits >>> 15), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0x27d4eb2f);
  return bits ^ (bits >>> 16);
}
