/** How long a line of prose may be, in comments as on pages: as much as a screen beside another shows. */

export const LONGEST_LINE = 130;

/** A word that is longer than this has nowhere to be broken: a link, mostly. */
const LONGEST_WORD = 60;

export function isTooLong(line: string): boolean {
  const lastWord = line.trimEnd().split(' ').at(-1) ?? '';
  return line.length > LONGEST_LINE && lastWord.length <= LONGEST_WORD;
}
