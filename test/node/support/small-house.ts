/**
 * Houses whose replicas snapshot and trim all the time: their logs have some hundred KiB at most. And what one asks of
 * their disks.
 */

import { expect } from 'chai';
import { must } from '#src/base/assert.js';
import { ReplicaHouse } from './replica-house.js';

export const KIB = 1024;

/** With a log of some hundred KiB at most, of which little is kept. */
export function small(house: ReplicaHouse): ReplicaHouse {
  house.snapshots = { logBytes: 64 * KIB, keepSlots: 20, keepLogBytes: 64 * KIB };
  house.segments = { first: 64 * KIB, largest: 64 * KIB };
  return house;
}

export async function led(...names: readonly string[]): Promise<ReplicaHouse> {
  const house = small(new ReplicaHouse(...names));
  await Promise.all(names.map((name) => house.start(name)));
  await house.until(`${names[0]} to lead`, () => house.leader() === names[0]);
  return house;
}

/** One after the other, of a kibibyte each. */
export async function write(house: ReplicaHouse, at: string, puts: number, word = 'v'): Promise<void> {
  for (let put = 0; put < puts; put++) {
    const answer = await house.answer(house.put(at, `k${put % 50}`, `${word}${put} `.padEnd(KIB, 'x')));
    expect(answer).to.equal('OK');
  }
}

export function filesOf(house: ReplicaHouse, name: string, directory: string): readonly string[] {
  const paths = [...must(house.disks.get(name), name).names.keys()];
  return paths
    .filter((path) => path.startsWith(`/data/${directory}/`))
    .map((path) => path.slice(`/data/${directory}/`.length));
}

export const snapshotsOf = (house: ReplicaHouse, name: string) =>
  filesOf(house, name, 'snapshots').filter((file) => file.endsWith('.snapshot'));

export const storageOf = (house: ReplicaHouse, name: string) => house.replica(name).service.status();

/** Every replica that runs holds the same. */
export async function expectSame(house: ReplicaHouse, key: string, beginning: string): Promise<void> {
  for (const name of house.names) {
    expect((await house.answer(house.get(name, key))).slice(0, beginning.length), name).to.equal(beginning);
  }
}
