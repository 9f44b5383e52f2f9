/**
 * Cuts proposals into what one Accept may carry. A whole window in one message would be answered only when all of it has crossed
 * the network and a disk; in pieces, votes come in one by one, and a leader sees that it gets on however slowly.
 */

import type { Proposal } from './message.js';
import { BATCH_BYTES } from './timing.js';
import { bytesOf } from './value.js';

/** In their order, at most BATCH_BYTES of values each (one larger value still goes, alone); of nothing, one empty piece. */
export function piecesOf(proposals: readonly Proposal[]): readonly (readonly Proposal[])[] {
  const pieces: Proposal[][] = [];
  let piece: Proposal[] = [];
  let size = 0;
  for (const proposal of proposals) {
    const bytes = bytesOf(proposal.value);
    if (piece.length > 0 && size + bytes > BATCH_BYTES) {
      pieces.push(piece);
      piece = [];
      size = 0;
    }
    piece.push(proposal);
    size += bytes;
  }
  pieces.push(piece);
  return pieces;
}
