/**
 * What the replica tells its operator, as a port: one event with named fields a line. Levels mean something: error, a person
 * must act; warn, degraded; info, changes of role and membership, start, stop; debug, the rest. Where lines go and how they
 * look is the business of host/log.ts.
 */

/** Values worth showing; `undefined` is left out. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface Logger {
  /** False when debug lines go nowhere: for callers to whom even making the fields would cost too much. */
  readonly debugging: boolean;
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}
