/**
 * The launcher's output: whole lines, each marked with the replica it is about, in that replica's colour. It works the same
 * when it goes into a pipe, and tells once when nobody reads any more.
 */

import pc from 'picocolors';

const COLOURS = [pc.cyan, pc.magenta, pc.yellow, pc.green, pc.blue, pc.red];
const plain = (text: string): string => text;

export class Screen {
  readonly #stream: NodeJS.WritableStream;
  #unread = false;

  /** `unread` is called when the reader of the pipe has gone. */
  constructor(stream: NodeJS.WritableStream, unread: () => void) {
    this.#stream = stream;
    stream.on('error', () => {
      if (this.#unread) return;
      this.#unread = true;
      unread();
    });
  }

  /** A line, or several, of no replica in particular. */
  say(text: string): void {
    if (!this.#unread) this.#stream.write(`${text}\n`);
  }

  /** A line about the replica at `place` in the list. */
  about(place: number, label: string, text: string): void {
    const colour = COLOURS[place % COLOURS.length] ?? plain;
    this.say(`${colour(`${label} │`)} ${text}`);
  }
}
