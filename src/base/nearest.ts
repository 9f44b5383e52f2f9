/** What someone may have meant who mistyped a name. */

/** Of `candidates` the one with the fewest slips between it and `name`; undefined when nothing is near. */
export function nearestTo(name: string, candidates: Iterable<string>): string | undefined {
  let nearest: string | undefined;
  // One slip in a short word, two in a longer one; more is no slip.
  let fewest = name.length <= 4 ? 2 : 3;
  for (const candidate of candidates) {
    if (candidate.length < 2 || Math.abs(candidate.length - name.length) >= fewest) continue;
    const slips = slipsBetween(name, candidate);
    if (slips < fewest) {
      fewest = slips;
      nearest = candidate;
    }
  }
  return nearest;
}

/** Insertions, removals, replacements and swaps of neighbours that make `b` of `a` (optimal string alignment). */
function slipsBetween(a: string, b: string): number {
  const width = b.length + 1;
  const cost = new Array<number>((a.length + 1) * width).fill(0);
  const at = (i: number, j: number): number => cost[i * width + j] ?? 0;
  for (let i = 0; i <= a.length; i++) {
    for (let j = 0; j <= b.length; j++) {
      if (i === 0 || j === 0) {
        cost[i * width + j] = i + j;
        continue;
      }
      const replaced = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, replaced);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, at(i - 2, j - 2) + 1);
      cost[i * width + j] = least;
    }
  }
  return at(a.length, b.length);
}
