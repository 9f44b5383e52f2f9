/**
 * A session at a terminal: lines are edited and remembered, hinted at and completed while they are typed. Ctrl-C stops what
 * runs, or clears the line.
 */

import { createInterface, cursorTo, type Interface, moveCursor } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import type { Colours } from './colour-screen.js';
import { type Completions, complete } from './completion.js';
import { Hint } from './hint.js';
import { type History, MOST_LINES } from './history.js';
import { leaderIn, promptText } from './prompt.js';
import type { Window } from './screen.js';
import type { Session } from './session.js';

/** Between two looks at who leads, while a line is awaited. */
const LOOK_MS = 2_000;
/** Longer nobody waits for Tab. */
const COMPLETION_MS = 2_000;
const ERASE_BELOW = '\x1b[J';

export interface Ends {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream & { readonly columns: number };
}

export class Terminal implements Window {
  readonly #ends: Ends;
  readonly #colours: Colours;
  readonly #lines: Interface;
  readonly #hint: Hint;
  #session: Session | null = null;
  #leader: string | null = null;
  /** While a line is awaited. */
  #isPrompting = false;
  /** While one is carried out. */
  #running: AbortController | null = null;

  constructor(ends: Ends, colours: Colours, history: History) {
    this.#ends = ends;
    this.#colours = colours;
    this.#lines = createInterface({
      ...ends,
      terminal: true,
      history: history.read(),
      historySize: MOST_LINES,
      removeHistoryDuplicates: true,
      completer: (line: string, done: (error: null, found: Completions) => void) => void this.#complete(line, done),
    });
    this.#hint = new Hint(this.#lines, ends.output, colours.dim);
    this.#lines.on('history', (newestFirst: string[]) => history.write(newestFirst));
    this.#lines.on('SIGINT', () => this.#interrupt());
    ends.input.prependListener('keypress', () => this.#hint.hide());
    ends.input.on('keypress', () => this.#hintAgain());
  }

  get columns(): number {
    return this.#ends.output.columns;
  }

  /** While a line is typed, what there is to say goes above it. */
  write(text: string): void {
    const { output } = this.#ends;
    if (!this.#isPrompting) {
      output.write(text);
      return;
    }
    const { rows } = this.#lines.getCursorPos();
    moveCursor(output, 0, -rows);
    cursorTo(output, 0);
    // Readline goes up by the rows that the line took before it draws the line again.
    output.write(`${ERASE_BELOW}${text}${'\n'.repeat(rows)}`);
    this.#lines.prompt(true);
    this.#hintAgain();
  }

  /** Until the person leaves. */
  async run(session: Session): Promise<void> {
    this.#session = session;
    // From here on no line is missed.
    const typed = this.#lines[Symbol.asyncIterator]();
    await this.#while((signal) => session.greet(signal));
    await this.#look();
    this.#await();
    const looking = setInterval(() => void this.#lookWhileTyping(), LOOK_MS).unref();
    for await (const line of typed) {
      this.#isPrompting = false;
      const bytes = Buffer.from(line, 'utf8').toString('latin1');
      if ((await this.#while((signal) => session.execute(bytes, signal))) === 'quit') break;
      await this.#look();
      this.#await();
    }
    clearInterval(looking);
    this.#isPrompting = false;
    this.#lines.close();
    session.close();
  }

  async #while<T>(act: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const running = new AbortController();
    this.#running = running;
    try {
      return await act(running.signal);
    } finally {
      this.#running = null;
    }
  }

  #await(): void {
    this.#isPrompting = true;
    this.#lines.prompt();
  }

  async #look(): Promise<void> {
    if (this.#session === null) return;
    // Within MULTI it would be queued: nobody is asked, and the leader stays who it was.
    if (this.#session.transaction.queued === null) this.#leader = leaderIn(await this.#session.ask(['WHO']));
    this.#lines.setPrompt(promptText(this.#leader, this.#session.transaction, this.#colours));
  }

  async #lookWhileTyping(): Promise<void> {
    if (!this.#isPrompting) return;
    const before = this.#lines.getPrompt();
    await this.#look();
    if (!this.#isPrompting || this.#lines.getPrompt() === before) return;
    this.#hint.hide();
    this.#lines.prompt(true);
    this.#hintAgain();
  }

  #hintAgain(): void {
    if (this.#isPrompting) this.#hint.show();
  }

  #interrupt(): void {
    if (this.#running !== null) this.#running.abort();
    else if (this.#lines.line === '') this.write(this.#colours.dim('(Ctrl-D or QUIT leaves)\n'));
    else {
      this.#lines.write(null, { ctrl: true, name: 'e' });
      this.#lines.write(null, { ctrl: true, name: 'u' });
    }
  }

  async #complete(line: string, done: (error: null, found: Completions) => void): Promise<void> {
    const nothing: Completions = [[], line];
    const asking = complete(line, async (argv) => (await this.#session?.ask(argv)) ?? null);
    const found = await Promise.race([asking, setTimeout(COMPLETION_MS, nothing, { ref: false })]);
    this.#hint.hide();
    done(null, found);
    this.#hintAgain();
  }
}
