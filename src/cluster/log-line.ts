/**
 * Makes a daemon's log line, one JSON object, readable for people: time, event, and the fields worth showing. What is not such
 * an object passes unchanged, since it is meant for people already.
 */

import pc from 'picocolors';

/** Shown by position or by the mark of the line, or told by the banner, or too long for people. */
const HIDDEN = new Set(
  'level time replica event name replicas peers clients data pid priority store incarnation digest remote'.split(' '),
);
const TIME = {
  hour12: false,
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
} as const;
const clock = new Intl.DateTimeFormat('en-GB', TIME);

/** One line in, one line out, without their ends. */
export function readable(line: string): string {
  const entry = parse(line);
  if (entry === undefined) return line;
  const event = typeof entry.event === 'string' ? entry.event : '';
  const fields = Object.entries(entry).filter(([name]) => !HIDDEN.has(name));
  const shown = fields.map(
    ([name, value]) => pc.dim(`${name}=`) + (typeof value === 'string' ? value : JSON.stringify(value)),
  );
  return [timeText(entry.time), emphasised(entry.level, event), ...shown].filter((part) => part !== '').join(' ');
}

function parse(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === 'object' && entry !== null ? { ...entry } : undefined;
  } catch {
    // Not JSON after all: a line for people that happens to begin with a brace.
    return undefined;
  }
}

function timeText(time: unknown): string {
  const date = typeof time === 'number' || typeof time === 'string' ? new Date(time) : undefined;
  return date === undefined || Number.isNaN(date.getTime()) ? '' : pc.dim(clock.format(date));
}

function emphasised(level: unknown, event: string): string {
  if (level === 'error') return pc.red(event);
  return level === 'warn' ? pc.yellow(event) : event;
}
