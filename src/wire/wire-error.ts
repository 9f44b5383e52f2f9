/**
 * The one error of this room: bytes that somebody else sent, or that were read back, are not what they should be. It names
 * what is wrong and where; what to do about it (close a link, refuse a start) is up to whoever fed the bytes in.
 */

import { CodedError } from '../base/errors.js';

/** Malformed bytes. Every decoder here throws this and nothing else, whatever it is fed. */
export class WireError extends CodedError {
  constructor(message: string, data: Readonly<Record<string, string | number | boolean>> = {}, cause?: unknown) {
    super('bad-frame', message, data, cause);
    this.name = 'WireError';
  }
}
