// The formats on disk must not change by accident: a small log and a small identity, byte for byte, against a fingerprint for
// each version. Whoever changes a format raises its version, keeps the older readable, and adds a line here.

import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { incarnation, lsn, replicaName, slot } from '#src/base/ids.js';
import type { LogRecord } from '#src/paxos/effects.js';
import { NOOP } from '#src/paxos/value.js';
import { encodeIdentity, IDENTITY_FORMAT } from '#src/store/identity-file.js';
import { FORMAT_VERSION } from '#src/store/log-format.js';
import { accepted, ballot, decided, open, owner, promised, STORE, state } from './support/made-log.js';
import { MemoryDisk, MemoryFiles } from './support/memory-files.js';

const logFingerprints: Readonly<Record<number, string>> = {
  3: 'fc07e60f0f39520a',
  // The same bytes, executed by other rules.
  4: '3c282d4d8454bfda',
};

const identityFingerprints: Readonly<Record<number, string>> = {
  3: '4fb5430380d6a60b',
};

function fingerprint(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}

describe('the formats on disk', () => {
  it('of the log is that of its version', async () => {
    const disk = new MemoryDisk();
    const { log } = await open(new MemoryFiles(disk), owner(false));
    const seats = [
      { name: replicaName('node-a'), store: STORE },
      { name: replicaName('node-b'), store: null },
    ];
    const records = [promised(1, ballot(1)), accepted(2, 1, ballot(1), 'apple'), decided(3, 2, 'beech')];
    log.append(records, state(1, 2, ballot(1)));
    const others: readonly LogRecord[] = [
      { type: 'decided', lsn: lsn(4), slot: slot(3), value: { type: 'configuration', seats, nonce: 'nonce' } },
      { type: 'accepted', lsn: lsn(5), slot: slot(4), ballot: ballot(2), value: NOOP },
    ];
    log.append(others, state(3, 2 ** 40, ballot(2 ** 40, 'node-ü')));
    await log.close();
    const bytes = disk.inode('/data/log/00000001.wal').cached;
    expect(fingerprint(bytes)).to.equal(logFingerprints[FORMAT_VERSION]);
  });

  it('of the identity is that of its version', () => {
    const bytes = encodeIdentity({
      cluster: 'c'.repeat(64),
      clusterName: 'synod',
      names: ['node-b', 'node-ü'],
      name: replicaName('node-ü'),
      store: STORE,
      incarnation: incarnation(1_700_000_000_000),
      longestLeaseMs: 300,
      settled: true,
      heard: new Map([[replicaName('node-b'), STORE]]),
      restoredFrom: null,
    });
    expect(fingerprint(bytes)).to.equal(identityFingerprints[IDENTITY_FORMAT]);
  });
});
