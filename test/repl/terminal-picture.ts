/**
 * What a terminal of some columns shows of what was written to it: as many of its control sequences as readline and the
 * REPL use.
 */
const ESCAPE = '\u001b[';
const SEQUENCE = /^\??(\d*)([A-Za-z])/;

export class TerminalPicture {
  readonly columns: number;
  readonly #rows: string[][] = [[]];
  #row = 0;
  #column = 0;

  constructor(columns: number) {
    this.columns = columns;
  }

  /** Without blanks at the ends of lines, and without colours. */
  get text(): string {
    return this.#rows.map((row) => row.join('').trimEnd()).join('\n');
  }

  get lastLine(): string {
    return this.text.split('\n').at(-1) ?? '';
  }

  write(text: string): void {
    for (let rest = text; rest !== ''; ) {
      const [sequence, count = '', letter = ''] =
        (rest.startsWith(ESCAPE) ? SEQUENCE.exec(rest.slice(ESCAPE.length)) : null) ?? [];
      if (sequence === undefined) this.#put(rest.charAt(0));
      else this.#control(letter, count === '' ? null : Number(count));
      rest = rest.slice(sequence === undefined ? 1 : ESCAPE.length + sequence.length);
    }
  }

  #put(char: string): void {
    if (char === '\r') this.#column = 0;
    else if (char === '\n') this.#goTo(this.#row + 1, this.#column);
    else {
      if (this.#column >= this.columns) this.#goTo(this.#row + 1, 0);
      const row = this.#line();
      while (row.length < this.#column) row.push(' ');
      row[this.#column++] = char;
    }
  }

  #control(letter: string, count: number | null): void {
    if (letter === 'G') this.#column = (count ?? 1) - 1;
    if (letter === 'A') this.#goTo(this.#row - (count ?? 1), this.#column);
    if (letter === 'B') this.#goTo(this.#row + (count ?? 1), this.#column);
    if (letter === 'C') this.#column += count ?? 1;
    if (letter === 'D') this.#column = Math.max(0, this.#column - (count ?? 1));
    if (letter === 'K' || letter === 'J') this.#line().splice(this.#column);
    if (letter === 'J') this.#rows.splice(this.#row + 1);
  }

  #goTo(row: number, column: number): void {
    this.#row = Math.max(0, row);
    this.#column = column;
    while (this.#rows.length <= this.#row) this.#rows.push([]);
  }

  #line(): string[] {
    return this.#rows[this.#row] ?? [];
  }
}
