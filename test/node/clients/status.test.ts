// STATUS, WHO, DRAIN and HELP as a person sees them: the pictures are compared whole, so that a change of them is looked at.

import { expect } from 'chai';
import { type ReplicaName, replicaName, slot, storeId } from '#src/base/ids.js';
import { StateMachine } from '#src/kv/state-machine.js';
import { clusterStatus } from '#src/node/clients/cluster-status.js';
import { statusJson, statusText } from '#src/node/clients/status-table.js';
import type { FullStatus } from '#src/node/service.js';
import { NO_BALLOT } from '#src/paxos/ballot.js';
import { NOOP } from '#src/paxos/value.js';
import type { PeerView, View } from '#src/paxos/view.js';
import { decided } from '../../kv/values.js';
import { ClientBench } from './bench.js';
import { replicaStatus } from './fake-service.js';

const NAMES = ['127.0.0.1:8000', '127.0.0.1:8001', '127.0.0.1:8002'].map(replicaName);
const [ONE, TWO, THREE] = NAMES as [ReplicaName, ReplicaName, ReplicaName];
const BALLOT = { round: 3, replica: ONE };

const peer = (name: ReplicaName, change: Partial<PeerView> = {}): PeerView => ({
  name,
  store: storeId('b'.repeat(32)),
  connected: true,
  contact: true,
  lastHeardMs: 12.3,
  priority: 2,
  role: 'follower',
  ballot: BALLOT,
  applied: slot(1_042),
  ineligible: null,
  steady: true,
  ...change,
});

const never: Partial<PeerView> = {
  store: null,
  connected: false,
  contact: false,
  lastHeardMs: null,
  priority: null,
  role: 'unknown',
  ballot: NO_BALLOT,
  applied: null,
};

const view = (change: Partial<View> = {}): View => ({
  name: ONE,
  store: storeId('a'.repeat(32)),
  role: 'leader',
  ballot: BALLOT,
  leader: ONE,
  established: true,
  canForward: true,
  decided: slot(1_043),
  promised: BALLOT,
  leaseLeftMs: 200,
  ineligible: null,
  priority: 3,
  counted: true,
  names: NAMES,
  founded: true,
  toleratesLosses: 1,
  waiting: '127.0.0.1:8000 leads because it has the highest priority of those that can.',
  firstSlot: slot(1),
  faultySlots: 0,
  lost: null,
  diverged: false,
  peers: [peer(TWO), peer(THREE)],
  ...change,
});

const addresses = new Map(NAMES.slice(0, 2).map((name) => [name, name.replace(':8', ':9')]));
const addressOf = (name: ReplicaName): string | null => addresses.get(name) ?? null;

function machineAt(applied: number): StateMachine {
  const machine = new StateMachine();
  for (const each of decided(1, ...Array.from({ length: applied }, () => NOOP))) {
    machine.apply(each, null, () => undefined);
  }
  return machine;
}

/** What stands in STATUS besides the cluster. */
const OWN = {
  logBytes: 0,
  firstSlot: slot(1),
  snapshotSlot: null,
  catchingUp: null,
  residentBytes: null,
  loop: null,
};

const picture = (change: Partial<View>, applied = 1_043, own: Partial<FullStatus> = {}): string[] =>
  statusText({ ...clusterStatus(view(change), machineAt(applied), 7, addressOf), ...OWN, ...own }).split('\n');

describe('STATUS for a person', () => {
  it('shows a healthy cluster', () => {
    expect(
      picture({ peers: [peer(TWO), peer(THREE, { lastHeardMs: 2, priority: 1, applied: slot(1_040) })] }),
    ).to.deep.equal([
      'replica           role      priority  ballot            applied  lag  heard  clients at',
      '127.0.0.1:8000 *  leader           3  3.127.0.0.1:8000     1043    0      -  127.0.0.1:9000',
      '127.0.0.1:8001    follower         2  3.127.0.0.1:8000     1042    1  12 ms  127.0.0.1:9001',
      '127.0.0.1:8002    follower         1  3.127.0.0.1:8000     1040    3   2 ms  -',
      '* answers here',
      '',
      '127.0.0.1:8000 leads because it has the highest priority of those that can.',
      'Everything works, and would with 1 replica less.',
      '0 keys taking 0 B, revision 0.',
    ]);
  });

  it('shows one that was never heard, one that is drained and one in trouble', () => {
    const peers = [peer(TWO, { ineligible: 'draining', steady: false, lastHeardMs: 71_000 }), peer(THREE, never)];
    expect(picture({ peers })).to.deep.equal([
      'replica           role      priority  ballot            applied  lag  heard  clients at',
      '127.0.0.1:8000 *  leader           3  3.127.0.0.1:8000     1043    0      -  127.0.0.1:9000',
      '127.0.0.1:8001    follower         2  3.127.0.0.1:8000     1042    1  1 min  127.0.0.1:9001',
      '127.0.0.1:8002    unknown          -  -                       -    -  never  -',
      '* answers here',
      '',
      '127.0.0.1:8001 may not lead (draining).',
      '127.0.0.1:8002 is not connected.',
      '127.0.0.1:8000 leads because it has the highest priority of those that can.',
      'The cluster works, but the loss of one more replica that votes would stop it.',
      '0 keys taking 0 B, revision 0.',
    ]);
  });

  it('mentions trouble only of one that would lead without it', () => {
    const notes = (priority: number) => picture({ peers: [peer(TWO, { steady: false, priority }), peer(THREE)] })[6];
    expect(notes(4)).to.equal('127.0.0.1:8001 was in trouble lately.');
    expect(notes(2)).to.match(/^127.0.0.1:8000 leads/);
  });

  it('says through whom writes are refused', () => {
    const refused = '127.0.0.1:8002 are refused (BUSY): its disk is full.';
    const peers = [peer(TWO), peer(THREE, { ineligible: 'disk-full' })];
    expect(picture({ peers })).to.include(`Writes through ${refused}`);
    expect(picture({ peers, ineligible: 'disk-full' }).join(' ')).to.contain(
      'Writes through 127.0.0.1:8000 are refused',
    );
    expect(
      picture({ peers: [peer(TWO), peer(THREE, { ...never, ineligible: 'disk-full' })] }).join(' '),
    ).to.not.contain(refused);
    const [self = ONE, ...others] = [1, 2, 3, 4, 5].map((i) => replicaName(`r${i}`));
    const five = others.map((name, i) => peer(name, i === 0 ? { ineligible: 'disk-full' } : {}));
    expect(picture({ name: self, names: [self, ...others], peers: five, toleratesLosses: 2 })).to.include(
      'The cluster works, and would with 1 replica less.',
    );
  });

  it('tells how much has come of a snapshot that this replica takes over', () => {
    const catchingUp = { from: TWO, slot: slot(70_000), have: 12 * 1024 ** 2, size: 150 * 1024 ** 2 };
    expect(picture({}, 1_043, { catchingUp })).to.include(
      '127.0.0.1:8000 gets the snapshot of slot 70000 from 127.0.0.1:8001: 12.0 MiB of 150.0 MiB are here.',
    );
  });

  it('keeps a number and its unit on one line', () => {
    const waiting = (seconds: string) =>
      `${'It waits for one that may have a lease, '.repeat(2)}and ${seconds} s first.`;
    // 100 columns end between the two, and right behind both.
    expect(picture({ waiting: waiting('13.123456789012') }).slice(-4, -2)).to.deep.equal([
      'It waits for one that may have a lease, It waits for one that may have a lease, and',
      '13.123456789012 s first.',
    ]);
    expect(picture({ waiting: waiting('13.1') })).to.include(waiting('13.1'));
  });

  it('joins up to three notes on a replica', () => {
    const notes = (change: Partial<PeerView>) =>
      picture({ peers: [peer(TWO, { priority: 4, ...change }), peer(THREE)] })[6];
    expect(notes({ role: 'learner' })).to.equal('127.0.0.1:8001 has a store that does not vote.');
    expect(notes({ role: 'learner', ineligible: 'not-counted', steady: false })).to.equal(
      '127.0.0.1:8001 has a store that does not vote, may not lead (not counted) and was in trouble lately.',
    );
  });

  it('says of a cluster of one that there is no other', () => {
    const lines = picture({ names: [ONE], peers: [], toleratesLosses: 0 });
    expect(lines).to.include('Everything works, but there is no other replica.');
  });

  it('shows a cluster without a leader, and a learner', () => {
    const peers = [
      peer(TWO, { role: 'learner', connected: true, contact: false, lastHeardMs: 4_321 }),
      peer(THREE, never),
    ];
    const lines = picture({ peers, role: 'follower', leader: null, ballot: NO_BALLOT, ineligible: 'restart-wait' }, 0);
    expect(lines.slice(1)).to.deep.equal([
      '127.0.0.1:8000 *  follower         3  none                    0  1042      -  127.0.0.1:9000',
      '127.0.0.1:8001    learner          2  3.127.0.0.1:8000     1042     0  4.3 s  127.0.0.1:9001',
      '127.0.0.1:8002    unknown          -  -                       -     -  never  -',
      '* answers here',
      '',
      '127.0.0.1:8000 may not lead (restart wait).',
      '127.0.0.1:8001 is connected but does not answer and has a store that does not vote.',
      '127.0.0.1:8002 is not connected.',
      '127.0.0.1:8000 leads because it has the highest priority of those that can.',
      'Without a leader writes and reads wait; READONLY reads what this replica has.',
      '0 keys taking 0 B, revision 0.',
    ]);
  });

  it('says what this replica lacks, and for whom it waits', () => {
    const lines = picture({ lost: { waitsFor: [TWO, THREE] }, faultySlots: 12, diverged: true });
    expect(lines.slice(-5, -1)).to.deep.equal([
      'The end of the log of 127.0.0.1:8000 is lost: it does not vote until 127.0.0.1:8001 and',
      '127.0.0.1:8002 told it what may have been in it.',
      '12 slots of the log of 127.0.0.1:8000 cannot be read, and are healed from the others.',
      'The state of 127.0.0.1:8000 is not that of the others: it answers no reads until it is rebuilt.',
    ]);
    const peers = [peer(TWO, { ineligible: 'repairing' }), peer(THREE)];
    expect(picture({ lost: { waitsFor: [TWO] }, peers }).join(' ')).to.contain(
      '127.0.0.1:8001 has lost the end of its own, and cannot tell: see "Two logs lost their ends"',
    );
    expect(picture({ lost: { waitsFor: [] }, faultySlots: 1 }).join(' ')).to.contain(
      'does not vote until it knows from the others what may have been in it. 1 slot of the log',
    );
  });

  it('fits 100 columns whatever the names and numbers', () => {
    const names = [1, 2, 3, 4, 5, 6, 7].map((i) => replicaName(`replica-${i}.some.long.domain.example:18000`));
    const [self = ONE, ...others] = names;
    const waiting = 'a sentence of many words '.repeat(12);
    const peers = others.map((name) =>
      peer(name, { applied: slot(123_456_789_012), ballot: { round: 99, replica: self } }),
    );
    const lines = picture({ name: self, names, peers, waiting });
    expect(Math.max(...lines.map((line) => line.length))).to.be.within(95, 100);
    expect(lines[2]).to.match(/^replica-1\S+~18000 \* /);
  });

  it('counts as spare those that vote and answer, less a majority', () => {
    for (const [change, spare] of [
      [{}, 1],
      [{ peers: [peer(TWO), peer(THREE, never)] }, 0],
      [{ peers: [peer(TWO), peer(THREE, { role: 'learner' })], toleratesLosses: 0 }, 0],
      [{ peers: [peer(TWO, never), peer(THREE, never)] }, -1],
      [{ counted: false, toleratesLosses: 0 }, 0],
      [{ peers: [peer(TWO), peer(THREE, { ineligible: 'disk-full' })] }, 0],
      [{ peers: [peer(TWO), peer(THREE, { ineligible: 'repairing' })] }, 0],
      [{ peers: [peer(TWO), peer(THREE, { ineligible: 'draining' })] }, 1],
      [{ ineligible: 'disk-full' }, 0],
    ] as const) {
      expect(clusterStatus(view(change), machineAt(0), 7, addressOf).spare, JSON.stringify(change)).to.equal(spare);
    }
  });
});

describe('STATUS for a program', () => {
  it('is one line of ASCII that parses back', () => {
    const status = { ...clusterStatus(view({ waiting: 'höher – ' }), machineAt(3), 7, addressOf), ...OWN };
    const json = statusJson(status);
    expect(json).to.match(/^[ -~]+$/);
    expect(JSON.parse(json)).to.deep.equal(status);
    const bench = new ClientBench();
    const got = bench.ask(bench.connect(), 'status json\n');
    expect(JSON.parse(got).replicas[1].clientAddress).to.equal('192.0.2.1:9001');
  });

  it('measures the event loop from the moment that RESET asks for it', () => {
    const bench = new ClientBench();
    const client = bench.connect();
    const loop = (line: string): unknown => JSON.parse(bench.ask(client, line)).loop;
    expect(loop('STATUS JSON\n')).to.equal(null);
    expect(loop('STATUS JSON RESET\n')).to.equal(null);
    expect(loop('status json\n')).to.include({ p50Ms: 1.1, maxMs: 9 });
    expect(bench.service.measuring).to.equal(1);
    for (const line of ['STATUS RESET\n', 'STATUS JSON NOW\n']) {
      expect(bench.ask(client, line)).to.match(/^ERROR ERR syntax error; .*STATUS \[JSON \[RESET\]\]\r\n$/);
    }
  });
});

describe('WHO, DRAIN and HELP', () => {
  it('names the leader, or nobody', () => {
    const bench = new ClientBench();
    const client = bench.connect();
    expect(bench.ask(client, 'WHO\n')).to.equal('one 192.0.2.1:9000\r\n');
    bench.service.leading = { name: replicaName('two'), clientAddress: null };
    expect(bench.ask(client, 'WHO\n')).to.equal('two ?\r\n');
    bench.service.leading = null;
    expect(bench.ask(client, 'WHO\n')).to.equal('(nil)\r\n');
  });

  it('drains the replica that one is connected to', () => {
    const bench = new ClientBench();
    expect(bench.ask(bench.connect(), 'DRAIN one ON\ndrain one off\n')).to.equal('OK\r\nOK\r\n');
    expect(bench.service.drains).to.deep.equal([true, false]);
  });

  it('names no address that is not known', () => {
    const bench = new ClientBench();
    bench.service.shown = { replicas: [replicaStatus('two', 1, { clientAddress: null })] };
    expect(bench.ask(bench.connect(), 'DRAIN two ON\n')).to.contain('connect to it to drain two');
  });

  it('lists every command in 100 columns, and explains one', () => {
    const bench = new ClientBench();
    const client = bench.connect();
    const lines = bench.ask(client, 'HELP\n').split('\r\n');
    expect(Math.max(...lines.map((line) => line.length))).to.be.at.most(100);
    for (const name of ['GET key', 'PUT key value', 'DELETE key', 'STATUS', 'QUIT']) {
      expect(lines.filter((line) => line.startsWith(`  ${name}`)).length, name).to.equal(1);
    }
    expect(bench.ask(client, '? del\n')).to.equal(
      'DELETE key [key ...]\r\nremove keys at once; answers how many there were\r\nalso: DEL, UNLINK\r\n',
    );
    expect(bench.ask(client, 'PING\nPING hello\nECHO "a b"\n')).to.equal('+PONG\r\nhello\r\na b\r\n');
  });
});
