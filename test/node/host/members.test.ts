// Who is in the cluster and which of them am I: every rule by which a replica finds itself, and every list that leaves it open
// or is wrong. Local to the made-up machine are 10.0.0.1, the loopback interface and the name `here`.

import { expect } from 'chai';
import { replicaName } from '#src/base/ids.js';
import { addressText, parseAddress, parseEntry } from '#src/node/host/addresses.js';
import { clusterId } from '#src/node/host/cluster-id.js';
import { findMembers, priorityByPlace } from '#src/node/host/members.js';
import { UsageError } from '#src/node/host/usage-error.js';

const LOCAL = new Set(['10.0.0.1', '127.0.0.1', 'localhost', 'here']);

function find(listen: string, list: string, name?: string) {
  const entries = list.split(' ').filter((word) => word !== '');
  return findMembers({
    listen: parseAddress(listen, 'listen'),
    entries: entries.map((entry) => parseEntry(entry, 'replicas')),
    name: name === undefined ? null : replicaName(name),
    isLocal: (host) => LOCAL.has(host),
  });
}

/** So many hosts. */
const listOf = (count: number): string => Array.from({ length: count }, (_, i) => `x${i}:1`).join(' ');

const found: readonly [
  why: string,
  listen: string,
  list: string,
  name: string | undefined,
  self: string,
  priority: number,
][] = [
  ['alone it is a cluster of one', '127.0.0.1:8000', '', undefined, '127.0.0.1:8000', 1],
  ['alone it may have a name', '127.0.0.1:8000', '', 'a', 'a', 1],
  ['by its listen address', '0.0.0.0:8001', '0.0.0.0:8000 0.0.0.0:8001 0.0.0.0:8002', undefined, '0.0.0.0:8001', 2],
  ['by its listen address, named', '10.0.0.1:1', 'a=10.0.0.2:1 b=10.0.0.1:1', undefined, 'b', 1],
  ['by name, wherever it listens', '0.0.0.0:9', 'a=x:1 b=y:1 c=z:1', 'b', 'b', 2],
  ['by name before address', '10.0.0.1:1', 'a=10.0.0.1:1 b=10.0.0.9:1', 'b', 'b', 1],
  ['by a name that is an address', '0.0.0.0:1', '10.0.0.8:1 10.0.0.9:1', '10.0.0.8:1', '10.0.0.8:1', 2],
  ['by a local interface with that port', '0.0.0.0:1', '10.0.0.2:1 10.0.0.1:1 10.0.0.3:1', undefined, '10.0.0.1:1', 2],
  ['by a local name with that port', '0.0.0.0:1', 'there:1 here:1', undefined, 'here:1', 1],
  ['not by a local interface with another port', '127.0.0.1:5', '10.0.0.1:1 10.0.0.2:1', undefined, '127.0.0.1:5', 1],
  ['by the only wildcard with that port', '127.0.0.1:1', '0.0.0.0:1 0.0.0.0:2', undefined, '0.0.0.0:1', 2],
  [
    'appended with the lowest priority',
    '127.0.0.1:8003',
    '127.0.0.1:8000 127.0.0.1:8001',
    undefined,
    '127.0.0.1:8003',
    1,
  ],
  ['appended: a wildcard among loopbacks', '0.0.0.0:8003', '0.0.0.0:8000 localhost:8001', undefined, '0.0.0.0:8003', 1],
  ['appended: an address among others', '10.0.0.1:1', '10.0.0.2:1 10.0.0.3:1', undefined, '10.0.0.1:1', 1],
  ['the last of the most there may be', 'x30:1', listOf(31), undefined, 'x30:1', 1],
  ['IPv6', '[::1]:1', '[::1]:1 [::1]:2', undefined, '[::1]:1', 2],
];

const refused: readonly [why: string, listen: string, list: string, name: string | undefined, told: string][] = [
  [
    'a wildcard among strangers',
    '0.0.0.0:8000',
    '10.1.1.1:8000 10.1.1.2:8000',
    undefined,
    'cannot tell which replica I am; add --name',
  ],
  [
    'one stranger is enough',
    '0.0.0.0:8003',
    '127.0.0.1:8000 10.1.1.2:8000',
    undefined,
    'cannot tell which replica I am; add --name',
  ],
  ['two places here', '0.0.0.0:1', '10.0.0.1:1 127.0.0.1:1', undefined, 'cannot tell which replica I am; add --name'],
  ['a name that is not listed', '10.0.0.1:1', 'a=10.0.0.1:1 b=x:1', 'c', "--name: 'c' is none of the replicas a, b"],
  ['a name twice', '10.0.0.1:1', 'a=x:1 a=y:1', undefined, 'replica a is listed twice'],
  ['an address twice', '10.0.0.1:1', 'a=x:1 b=x:1', undefined, 'replica x:1 is listed twice'],
  ['too many', 'x0:1', listOf(32), undefined, '32 replicas are too many: a cluster has at most 31'],
  ['too many with itself', 'y:1', listOf(31), undefined, '32 replicas are too many: a cluster has at most 31'],
  ['an entry twice', '10.0.0.1:1', 'x:1 X:1', undefined, 'replica x:1 is listed twice'],
];

describe('a replica finds itself', () => {
  for (const [why, listen, list, name, self, priority] of found) {
    it(why, () => {
      const members = find(listen, list, name);
      expect([members.self.name, priorityByPlace(members)]).to.deep.equal([self, priority]);
      expect(members.members).to.include(members.self);
    });
  }
});

describe('a list is refused', () => {
  for (const [why, listen, list, name, told] of refused) {
    it(why, () => {
      expect(() => find(listen, list, name)).to.throw(UsageError, told);
    });
  }
});

describe('addresses', () => {
  it('are read, lower-cased and written', () => {
    for (const [text, again] of [
      ['Host.Example.:80', 'host.example.:80'],
      ['[FE80::1]:8000', '[fe80::1]:8000'],
      ['127.0.0.1:65535', '127.0.0.1:65535'],
      ['my_service-1:1', 'my_service-1:1'],
    ] as const) {
      expect(addressText(parseAddress(text, 'x'))).to.equal(again);
    }
  });

  it('are refused with what is wrong', () => {
    for (const [text, told] of [
      ['8000', /'8000' is not host:port, such as/],
      [':8000', /'' in ':8000' is not a host name/],
      ['a:0', /port 0 is not between 1 and 65535/],
      ['a:65536', /port 65536 is not between/],
      ['a:8x', /is not host:port/],
      ['::1:8000', /is not host:port/],
      ['[::g]:1', /'\[::g\]' is not an IPv6 address/],
      ['1.2.3:1', /'1.2.3' in '1.2.3:1' is not a host name/],
      ['300.1.1.1:1', /not a host name or address/],
      ['a b:1', /not a host name or address/],
      ['-a:1', /not a host name or address/],
      ['http://a:1', /is not host:port/],
    ] as const) {
      expect(() => parseAddress(text, 'x'), text).to.throw(UsageError, told);
    }
    expect(() => parseEntry('=a:1', 'x')).to.throw(UsageError, /'' is not a name/);
    expect(() => parseEntry('a b=c:1', 'x')).to.throw(UsageError, /'a b' is not a name/);
  });
});

describe('the id of a cluster', () => {
  it('depends on its name and the names of its replicas, not on their order', () => {
    const names = ['a', 'b', 'c'].map(replicaName);
    const id = clusterId('synod', names);
    expect(id).to.match(/^[0-9a-f]{64}$/);
    expect(clusterId('synod', [...names].reverse())).to.equal(id);
    expect(clusterId('other', names)).to.not.equal(id);
    expect(clusterId('synod', names.slice(1))).to.not.equal(id);
  });
});
