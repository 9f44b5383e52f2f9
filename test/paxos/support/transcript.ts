/**
 * Transcripts: text files that say what a rule is for, script the inputs of one replica or of a cluster, and record line by line
 * what these caused. Playing one gives the same file with what is caused today; the test compares the two. What a rule must
 * bring about stands there as `expect` and `check` besides, so that rewriting a file cannot make it say less.
 */

import { Ensemble } from './ensemble.js';
import type { Line } from './lines.js';
import { Solo } from './solo.js';
import type { Stage } from './stage.js';

const INDENT = '    ';

/** The transcript with what its script causes now. Throws, with the line, where an expectation does not hold. */
export function play(text: string): string {
  const [head, script] = halves(text);
  const player = new Player();
  const out: string[] = [head, '---'];
  for (const line of script.split('\n')) {
    if (line.startsWith(INDENT)) continue;
    out.push(line);
    if (line.trim() === '' || line.startsWith('#')) continue;
    try {
      for (const caused of player.line(line)) out.push(`${INDENT}${caused}`);
    } catch (error) {
      throw new Error(`${line}\n${[...out.slice(-30)].join('\n')}`, { cause: error });
    }
  }
  return out.join('\n');
}

/** The title of a transcript: its first line. */
export function titleOf(text: string): string {
  return text.slice(0, text.indexOf('\n')).replace(/^# /, '');
}

function halves(text: string): readonly [string, string] {
  const at = text.indexOf('\n---\n');
  if (at < 0) throw new Error('a transcript has a head and a script, with a line --- between them');
  return [text.slice(0, at), text.slice(at + 5)];
}

class Player {
  #stage: Stage | null = null;
  #hidden = new Set<string>();
  /** Everything caused since the last line that was not an expectation, shown or not. */
  #caused: readonly Line[] = [];

  line(line: string): readonly string[] {
    const words = line.split(' ');
    const [word = ''] = words;
    switch (word) {
      case 'replica':
        return this.#begin(new Solo(line));
      case 'cluster':
        return this.#begin(new Ensemble(line));
      case 'show':
        for (const kind of words.slice(1)) this.#hidden.delete(kind);
        return [];
      case 'hide':
        for (const kind of words.slice(1)) this.#hidden.add(kind);
        return [];
      case 'expect':
        this.#expect(line.slice('expect '.length));
        return [];
      case 'check':
        this.#on.check(words.slice(1));
        return [];
      case 'quietly':
        this.#caused = this.#on.act(words.slice(1), line.slice('quietly '.length));
        return [];
      default:
        this.#caused = this.#on.act(words, line);
        return this.#caused.filter(({ kind }) => !this.#hidden.has(kind)).map(({ text }) => text);
    }
  }

  get #on(): Stage {
    if (this.#stage === null) throw new Error('a script begins with `replica` or `cluster`');
    return this.#stage;
  }

  #begin(stage: Stage): readonly string[] {
    if (this.#stage !== null) throw new Error('a script has one stage');
    this.#stage = stage;
    this.#hidden = new Set(stage.hidden);
    return [];
  }

  /** `expect TEXT`: a line caused contains it; `expect no TEXT`: none does; `expect nothing`: there is none at all. */
  #expect(text: string): void {
    const negated = text.startsWith('no ');
    const wanted = negated ? text.slice(3) : text;
    const found = this.#caused.filter((line) => text === 'nothing' || line.text.includes(wanted));
    if (text === 'nothing' || negated) {
      if (found.length > 0) throw new Error(`unexpected: ${found.map((line) => line.text).join('\n')}`);
    } else if (found.length === 0) {
      throw new Error(`nothing caused contains "${wanted}":\n${this.#caused.map((line) => line.text).join('\n')}`);
    }
  }
}
