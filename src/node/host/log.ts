/**
 * Log lines through pino: JSON where a program reads them, short coloured text where a person does. They are written in the
 * background, because a terminal that somebody has paused must not stop a replica; pino writes what is left at the exit.
 */

import { isatty } from 'node:tty';
import pico from 'picocolors';
import { pino } from 'pino';
import type { LogFields, Logger } from '../logger.js';
import type { OptionValues } from './option-table.js';

type Level = OptionValues['log-level'];

export interface LogOptions {
  readonly level: Level;
  readonly format: OptionValues['log-format'];
  /** Goes into every JSON line. */
  readonly replica: string;
}

const PAINT: Readonly<Record<Level, (text: string) => string>> = {
  error: pico.red,
  warn: pico.yellow,
  info: pico.green,
  debug: pico.gray,
};

const STDOUT = 1;

/** Lines that nobody reads are dropped beyond this. */
const UNREAD_BYTES = 4 * 1024 * 1024;

/** Logs to stdout. */
export function openLogger({ level, format, replica }: LogOptions): Logger {
  const out = pino.destination({ dest: STDOUT, sync: false, maxLength: UNREAD_BYTES });
  const asText = format === 'text' || (format === 'auto' && isatty(STDOUT));
  const options = { level, messageKey: 'event', formatters: { level: (label: string) => ({ level: label }) } };
  const lines = asText
    ? pino({ ...options, base: {} }, { write: (line: string) => void out.write(textLine(line)) })
    : pino({ ...options, base: { replica } }, out);
  const say = (at: Level) => (event: string, fields?: LogFields) =>
    fields === undefined ? lines[at](event) : lines[at](fields, event);
  return {
    debugging: lines.isLevelEnabled('debug'),
    debug: say('debug'),
    info: say('info'),
    warn: say('warn'),
    error: say('error'),
  };
}

/** `12:34:56.789 warn  link lost  peer=b reason="no word for 2 s"`. */
export function textLine(json: string): string {
  const { time, level, event, ...fields } = JSON.parse(json) as Readonly<Record<string, unknown>>;
  const date = new Date(Number(time));
  const at = `${date.toTimeString().slice(0, 8)}.${String(date.getMilliseconds()).padStart(3, '0')}`;
  const name = String(level);
  const paint = name in PAINT ? PAINT[name as Level] : String;
  const told = Object.entries(fields).map(([key, value]) => pico.dim(`${key}=`) + textValue(value));
  return `${pico.dim(at)} ${paint(name.padEnd(5))} ${[String(event), ...told].join(' ')}\n`;
}

function textValue(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /[\s"]/.test(text) || text === '' ? JSON.stringify(text) : text;
}
