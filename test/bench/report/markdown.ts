/** Tables of Markdown, and figures in them. */
import { milliseconds, whole } from '../report.js';

/** The first columns, which are text, to the left, the others to the right. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  texts = head.length,
): string {
  const rule = head.map((_, column) => (column < texts ? '---' : '---:'));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

export const times = (ratio: number): string => `${ratio.toFixed(ratio < 10 ? 2 : 1)} ×`;
export const perSecond = (rate: number): string => `${whole(rate)}/s`;
export const ms = (value: number): string => `${milliseconds(value)} ms`;

/** Three digits or so, whatever the size. */
export function figure(value: number): string {
  if (value >= 100) return whole(value);
  return value.toFixed(value >= 10 ? 1 : 2);
}

/** 1000 → 1 KB, with three digits where there are more. */
export function bytesText(bytes: number): string {
  const of = (unit: number): number => Number((bytes / unit).toPrecision(3));
  if (bytes >= 1e6) return `${of(1e6)} MB`;
  return bytes >= 1000 ? `${of(1000)} KB` : `${of(1)} B`;
}

export const notes = (lines: readonly string[]): string => lines.map((line) => `- ${line}`).join('\n');
