/** Sizes as people read them: in the largest unit of 1,024 that leaves a number before the point. */

const KIB = 1024;
const MIB = KIB ** 2;
const GIB = KIB ** 3;

/** `120 B`, `4.0 KiB`, `13.1 MiB`, `2.50 GiB`. */
export function sizeText(bytes: number): string {
  if (bytes < KIB) return `${bytes} B`;
  if (bytes < MIB) return `${(bytes / KIB).toFixed(1)} KiB`;
  return bytes < GIB ? `${(bytes / MIB).toFixed(1)} MiB` : `${(bytes / GIB).toFixed(2)} GiB`;
}
