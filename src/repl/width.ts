/** How many columns of a terminal a text takes, and as much of a text as fits. */

const graphemes = new Intl.Segmenter();
/** Scripts and pictures whose characters take two columns. */
const WIDE =
  /^[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\uff01-\uff60]/u;

export function widthOf(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += columnsOf(segment);
  return width;
}

/** At most `columns` columns of it, with an ellipsis where something is left out. */
export function fitted(text: string, columns: number): string {
  // A long value is not looked at beyond what could be shown of it.
  const beginning = text.slice(0, 4 * columns);
  if (beginning.length === text.length && widthOf(text) <= columns) return text;
  let out = '';
  let left = columns - 1;
  for (const { segment } of graphemes.segment(beginning)) {
    left -= columnsOf(segment);
    if (left < 0) break;
    out += segment;
  }
  return `${out}…`;
}

function columnsOf(grapheme: string): number {
  return WIDE.test(grapheme) ? 2 : 1;
}
