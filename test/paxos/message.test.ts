/**
 * The lane of every message. Heartbeats and votes about ballots are small and travel on the pulse; what may carry values
 * travels on the data link, so that a heartbeat never waits behind a batch and leases do not end because a slot is large.
 */

import { expect } from 'chai';
import { laneOf, type PeerMessage } from '#src/paxos/message.js';
import { MESSAGES } from '../wire/samples.js';

const LANES: Readonly<Record<PeerMessage['type'], 'pulse' | 'data'>> = {
  heartbeat: 'pulse',
  echo: 'pulse',
  prepare: 'pulse',
  promise: 'pulse',
  accept: 'data',
  accepted: 'data',
  fetch: 'data',
  values: 'data',
  forward: 'data',
  'read-slot': 'data',
  'read-slot-answer': 'data',
  recall: 'data',
  recalled: 'data',
  'snapshot-fetch': 'data',
  'snapshot-part': 'data',
};

describe('the lane of', () => {
  for (const [type, lane] of Object.entries(LANES)) {
    it(`${type} is ${lane}`, () => {
      const samples = MESSAGES.filter((message) => message.type === type);
      expect(samples).not.to.have.length(0);
      for (const message of samples) expect(laneOf(message)).to.equal(lane);
    });
  }
});
