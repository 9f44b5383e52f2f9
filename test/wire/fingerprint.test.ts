// The formats of this room as they stand on wires and disks. A change of a fingerprint is a change of the format: raise
// PROTOCOL_VERSION (messages, Hello) or the log's format version (values, parcels) together with it.

import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { encodeHello, PROTOCOL_VERSION } from '#src/wire/hello.js';
import { encodeMessages } from '#src/wire/peer-codec.js';
import { valueSize, writeValue } from '#src/wire/value-codec.js';
import { batch, configuration, hello, MESSAGES } from './samples.js';

const digest = (...parts: readonly Uint8Array[]): string =>
  createHash('sha256').update(Buffer.concat(parts)).digest('hex').slice(0, 16);

describe('fingerprint', () => {
  it('of the messages goes with the protocol version', () => {
    const samples = MESSAGES.map((message) => encodeMessages([message]));
    const now = [PROTOCOL_VERSION, digest(...samples, encodeHello(hello))];
    expect(now, 'a changed wire format needs another PROTOCOL_VERSION').to.deep.equal([6, 'af0cc9fc4718a0b7']);
  });

  it('of the values goes with the version of the log', () => {
    const samples = [batch, configuration, { type: 'noop' } as const].map((value) => {
      const bytes = new Uint8Array(valueSize(value));
      writeValue(value, bytes, 0);
      return bytes;
    });
    expect(digest(...samples), 'a changed value needs another version of the log').to.equal('0f43f89f6642b025');
  });
});
