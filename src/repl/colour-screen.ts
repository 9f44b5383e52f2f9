/**
 * Replies for a person at a terminal: coloured by what they are, pairs and maps as tables that fit the window. Whatever could
 * mislead is quoted as on the client port, so that what is seen can be typed back.
 */

import type { createColors } from 'picocolors';
import { latin1Bytes } from '../wire/bytes.js';
import { type Reply, readable, readableKey, renderInline } from '../wire/reply.js';
import type { Change } from './change.js';
import type { Screen, Window } from './screen.js';
import { fitted, widthOf } from './width.js';

export type Colours = ReturnType<typeof createColors>;

const GAP = '  ';

export class ColourScreen implements Screen {
  readonly #window: Window;
  readonly #colours: Colours;

  constructor(window: Window, colours: Colours) {
    this.#window = window;
    this.#colours = colours;
  }

  reply(reply: Reply): void {
    this.#lines(this.#show(reply));
  }

  change({ revision, type, key, value }: Change): void {
    const { dim, cyan, green, red, yellow } = this.#colours;
    const paint = { PUT: green, DELETE: red, EXPIRE: yellow }[type];
    const told = type === 'PUT' ? ` ${shown(readable(value))}` : '';
    this.#lines([`${dim(`${revision}`)} ${paint(type)} ${cyan(shown(readableKey(key)))}${told}`]);
  }

  pair(key: string, value: string): void {
    this.#lines([`${this.#colours.cyan(shown(readableKey(key)))} ${shown(readable(value))}`]);
  }

  mark(text: string): void {
    this.notice(text);
  }

  /** A person sees that nothing comes. */
  idle(): void {}

  notice(text: string): void {
    this.#lines(text.split('\n').map((line) => this.#colours.dim(line)));
  }

  help(text: string): void {
    this.notice(text);
  }

  complaint(text: string): void {
    this.#lines([this.#colours.red(text)]);
  }

  #lines(lines: readonly string[]): void {
    this.#window.write(`${lines.join('\n')}\n`);
  }

  #show(reply: Reply): readonly string[] {
    const { dim, green, red, yellow, bold } = this.#colours;
    switch (reply.type) {
      case 'value':
        return [green(shown(readable(reply.bytes)))];
      case 'integer':
        return [`${dim('(integer)')} ${yellow(`${reply.value}`)}`];
      case 'error':
        return [red(`ERROR ${bold(reply.code)} ${reply.text}`)];
      case 'pairs':
        return this.#pairs(reply.pairs);
      case 'list':
        if (reply.items.length === 0) return [dim('(empty)')];
        return reply.items.flatMap((item, index) =>
          hung(dim(`${index + 1}) `), `${index + 1}) `.length, this.#show(item)),
        );
      case 'map':
        return this.#map(reply.fields);
      case 'status':
        return [reply.text === 'OK' ? green('OK') : reply.text];
      case 'text':
        return this.#inline(reply, String);
      default:
        return this.#inline(reply, dim);
    }
  }

  #inline(reply: Reply, paint: (line: string) => string): readonly string[] {
    return shown(renderInline(reply)).slice(0, -2).split('\r\n').map(paint);
  }

  #map(fields: readonly (readonly [string, Reply])[]): readonly string[] {
    const { cyan, dim } = this.#colours;
    if (fields.length === 0) return [dim('(empty)')];
    const names = fields.map(([name]) => shown(readableKey(name)));
    const width = Math.max(...names.map(widthOf));
    return fields.flatMap(([, item], row) => {
      const name = padded(names[row] ?? '', width);
      return hung(cyan(name) + GAP, width + GAP.length, this.#show(item));
    });
  }

  /** Keys in a column that takes no more than half of the window, values cut where they would not fit. */
  #pairs(pairs: readonly (readonly [string, string])[]): readonly string[] {
    const { cyan, green, dim } = this.#colours;
    const keys = pairs.map(([key]) => shown(readableKey(key)));
    const most = Math.max(1, Math.floor(this.#window.columns / 2));
    const width = keys.reduce((widest, key) => Math.max(widest, Math.min(most, widthOf(key))), 0);
    const rows = pairs.map(([, value], row) => {
      const key = padded(keys[row] ?? '', width);
      const left = Math.max(16, this.#window.columns - widthOf(key) - GAP.length);
      return `${cyan(key)}${GAP}${green(fitted(shown(readable(value)), left))}`;
    });
    return [...rows, dim(`(${pairs.length} ${pairs.length === 1 ? 'pair' : 'pairs'})`)];
  }
}

/** Lines under a mark of that width, which stands before the first. */
function hung(mark: string, width: number, lines: readonly string[]): readonly string[] {
  return lines.map((line, index) => (index === 0 ? mark : ' '.repeat(width)) + line);
}

function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

/** Bytes that are known to be UTF-8 as the text they are. */
function shown(latin1: string): string {
  return new TextDecoder().decode(latin1Bytes(latin1));
}
