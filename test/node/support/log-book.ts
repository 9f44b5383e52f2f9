/**
 * A logger that keeps its lines, for tests that ask what the operator was told.
 */

import type { LogFields, Logger } from '#src/node/logger.js';

export class LogBook implements Logger {
  readonly debugging = true;
  /** `warn refused a peer {"peer":"b"}`. */
  readonly lines: string[] = [];

  debug(event: string, fields?: LogFields): void {
    this.#keep('debug', event, fields);
  }

  info(event: string, fields?: LogFields): void {
    this.#keep('info', event, fields);
  }

  warn(event: string, fields?: LogFields): void {
    this.#keep('warn', event, fields);
  }

  error(event: string, fields?: LogFields): void {
    this.#keep('error', event, fields);
  }

  /** The lines that begin so. */
  of(beginning: string): readonly string[] {
    return this.lines.filter((line) => line.startsWith(beginning));
  }

  #keep(level: string, event: string, fields: LogFields = {}): void {
    this.lines.push(`${level} ${event} ${JSON.stringify(fields)}`);
  }
}
