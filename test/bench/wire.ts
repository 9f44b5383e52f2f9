/**
 * What the load generator needs of a protocol. Requests are made as latin1 strings, because joining and writing those is
 * the cheapest thing Node offers; replies are read in place from the socket's own buffer. Connections, timing and counting
 * are the client's business.
 */

/** How a request ended: done, a GET that found nothing, or an error reply. */
export type Outcome = 'ok' | 'missing' | 'error';

/** Told of each reply: which request of this connection, counted from 0, and the text of an error ('' otherwise). */
export type Replied = (sequence: number, outcome: Outcome, text: string) => void;

/** One connection's side of the protocol. */
export interface Conversation {
  /** Sent once, before anything else. */
  readonly opening: string;
  put(sequence: number, key: string, value: string): string;
  get(sequence: number, key: string): string;
  /** Reads the whole replies in bytes[0, end) and returns where the first incomplete one begins. */
  read(bytes: Buffer, end: number, replied: Replied): number;
  /** What the protocol itself owes the other side since the last call. */
  dues(): string;
}
