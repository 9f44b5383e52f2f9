// ONCE at its origin: what is told of one that a snapshot covers.

import { expect } from 'chai';
import { batch, command, decided, parcel as parcelOf, sessionOf } from '../../kv/values.js';
import { Bench, NOBODY } from './bench.js';

describe('origin: ONCE', () => {
  it('answers a ONCE that a snapshot covers with the reply that was kept', () => {
    const bench = new Bench();
    const value = 'x'.repeat(2_000);
    const lines = [
      'PUT n x',
      `PUT big ${value}`,
      'ONCE i GETSET n y',
      'ONCE i GETSET n z',
      'ONCE j GETDEL big',
      'DELETE n',
    ];
    for (const line of lines) bench.write(line.slice(0, 12), command(line));
    bench.clock.turn();
    const [parcel] = bench.parcels;
    if (parcel === undefined) throw new Error('nothing was proposed');
    for (const each of decided(1, batch(1, parcel))) bench.machine.apply(each, null, NOBODY);
    bench.origin.installed();
    expect(bench.told).to.deep.equal([
      'PUT n x executed',
      'PUT big xxxx executed',
      'ONCE i GETSE "x"',
      'ONCE i GETSE "ERR"',
      'ONCE j GETDE "ERR"',
      'DELETE n executed',
    ]);
  });

  it('says of a ONCE that is covered and forgotten that nobody knows', () => {
    const bench = new Bench();
    bench.write('once', command('ONCE i PUT a 1'));
    bench.clock.turn();
    const [parcel] = bench.parcels;
    if (parcel === undefined) throw new Error('nothing was proposed');
    const later = batch(601_001, parcelOf(sessionOf('b', 1), 1, 'PUT x 1'));
    for (const each of decided(1, batch(1, parcel), later)) bench.machine.apply(each, null, NOBODY);
    bench.origin.installed();
    expect(bench.told).to.deep.equal(['once uncertain']);
  });
});
