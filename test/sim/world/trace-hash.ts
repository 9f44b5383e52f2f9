/** A number that stands for everything that happened in a run, in order: two runs with the same hash are the same run. */

export class TraceHash {
  #a = 0x811c9dc5;
  #b = 0x1000193;
  readonly #bits = new DataView(new ArrayBuffer(8));

  add(moment: number, what: number): void {
    this.#bits.setFloat64(0, moment);
    this.#mix(this.#bits.getUint32(0));
    this.#mix(this.#bits.getUint32(4));
    this.#mix(what | 0);
  }

  addText(text: string): void {
    for (let i = 0; i < text.length; i++) this.#mix(text.charCodeAt(i));
  }

  get value(): string {
    return (this.#a >>> 0).toString(16).padStart(8, '0') + (this.#b >>> 0).toString(16).padStart(8, '0');
  }

  #mix(word: number): void {
    this.#a = Math.imul(this.#a ^ word, 0x01000193);
    this.#b = Math.imul((this.#b << 13) ^ (this.#b >>> 19) ^ word, 0x85ebca6b);
  }
}
