/** How proposals are cut into Accepts: in their order, none lost, no piece too large but for a single value. */

import { expect } from 'chai';
import { slot } from '#src/base/ids.js';
import type { Proposal } from '#src/paxos/message.js';
import { piecesOf } from '#src/paxos/pieces.js';
import { BATCH_BYTES } from '#src/paxos/timing.js';

const M = BATCH_BYTES;

/** Bytes of each proposal, and of each piece's. */
const ROWS: readonly (readonly [proposals: readonly number[], pieces: readonly (readonly number[])[]])[] = [
  [[], [[]]],
  [[1], [[1]]],
  [[1, 2, 3], [[1, 2, 3]]],
  [
    [M, M],
    [[M], [M]],
  ],
  [
    [M - 1, 1, 1],
    [[M - 1, 1], [1]],
  ],
  [
    [1, 2 * M, 1],
    [[1], [2 * M], [1]],
  ],
  [[2 * M], [[2 * M]]],
];

describe('pieces', () => {
  for (const [sizes, wanted] of ROWS) {
    it(`of ${sizes.join(', ') || 'nothing'}`, () => {
      const proposals = sizes.map((size, i): Proposal => {
        return { slot: slot(i + 1), value: { type: 'batch', stamp: 0, bytes: new Uint8Array(size) } };
      });
      const pieces = piecesOf(proposals);
      expect(pieces.flat()).to.deep.equal(proposals);
      const bytes = pieces.map((piece) => piece.map(({ value }) => (value.type === 'batch' ? value.bytes.length : 0)));
      expect(bytes).to.deep.equal(wanted);
    });
  }
});
