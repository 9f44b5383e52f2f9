/**
 * Patterns of keys as Redis has them: `*` any bytes, `?` any one, `[abc]`, `[^abc]` and `[a-z]` one of or none of these,
 * `\` the next byte as it is. Matching goes back to the last star only, so its cost is at most the product of the two
 * lengths.
 */

/** Whether a byte is meant; null for a star. */
type Unit = ((byte: number) => boolean) | null;

export class Glob {
  readonly #units: readonly Unit[];
  /** What every match begins with. */
  readonly prefix: string;
  /** Bytes that are looked at, at most, for each byte of a text. */
  readonly cost: number;

  /** A latin1 string. Every pattern means something. */
  constructor(pattern: string) {
    const parser = new Parser(pattern);
    this.#units = parser.units();
    this.prefix = parser.prefix;
    this.cost = 1 + longestBehindStar(this.#units);
  }

  /** `text` is a latin1 string. */
  matches(text: string): boolean {
    const units = this.#units;
    let unit = 0;
    let at = 0;
    let star = -1;
    let starAt = 0;
    while (at < text.length) {
      const wanted = units[unit];
      if (wanted === null) {
        star = unit++;
        starAt = at;
      } else if (wanted?.(text.charCodeAt(at)) === true) {
        unit++;
        at++;
      } else if (star !== -1) {
        unit = star + 1;
        at = ++starAt;
      } else return false;
    }
    while (units[unit] === null) unit++;
    return unit === units.length;
  }
}

/** What may match a while and then fail, at every byte behind a star, up to the next one. */
function longestBehindStar(units: readonly Unit[]): number {
  let longest = 0;
  for (let at = units.indexOf(null); at !== -1; ) {
    const next = units.indexOf(null, at + 1);
    longest = Math.max(longest, (next === -1 ? units.length : next) - at - 1);
    at = next;
  }
  return longest;
}

class Parser {
  readonly #pattern: string;
  #at = 0;
  #isPlain = true;
  prefix = '';

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  units(): readonly Unit[] {
    const units: Unit[] = [];
    while (this.#at < this.#pattern.length) {
      const unit = this.#unit();
      if (unit !== null || units.at(-1) !== null) units.push(unit);
    }
    return units;
  }

  #unit(): Unit {
    const char = this.#pattern.charAt(this.#at++);
    if (char === '\\' && this.#at < this.#pattern.length) return this.#exactly(this.#pattern.charAt(this.#at++));
    if (char !== '*' && char !== '?' && char !== '[') return this.#exactly(char);
    this.#isPlain = false;
    if (char === '*') return null;
    return char === '?' ? () => true : this.#oneOf();
  }

  #exactly(char: string): Unit {
    if (this.#isPlain) this.prefix += char;
    const wanted = char.charCodeAt(0);
    return (byte) => byte === wanted;
  }

  /** After `[`. As in Redis, the end of the pattern closes it, and `]` does so wherever it stands. */
  #oneOf(): Unit {
    const pattern = this.#pattern;
    const isNegated = pattern.charAt(this.#at) === '^';
    if (isNegated) this.#at++;
    const set = new Set<number>();
    while (this.#at < pattern.length && pattern.charAt(this.#at) !== ']') {
      if (pattern.charAt(this.#at) === '\\' && this.#at + 1 < pattern.length) this.#at++;
      const from = pattern.charCodeAt(this.#at++);
      const isRange = pattern.charAt(this.#at) === '-' && this.#at + 1 < pattern.length;
      const to = isRange ? pattern.charCodeAt(this.#at + 1) : from;
      if (isRange) this.#at += 2;
      for (let byte = Math.min(from, to); byte <= Math.max(from, to); byte++) set.add(byte);
    }
    this.#at++;
    return (byte) => set.has(byte) !== isNegated;
  }
}
