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
      'ONCE i 0 GETSET n y',
      'ONCE i 0 GETSET n z',
      'ONCE j 0 GETDEL big',
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
      'ONCE i 0 GET "x"',
      'ONCE i 0 GET "ERR"',
      'ONCE j 0 GET "ERR"',
      'DELETE n executed',
    ]);
  });

  it('says of a ONCE that is covered and forgotten that nobody knows', () => {
    const bench = new Bench();
    bench.write('once', command('ONCE i 0 PUT a 1'));
    bench.clock.turn();
    const [parcel] = bench.parcels;
    if (parcel === undefined) throw new Error('nothing was proposed');
    const later = batch(661_001, parcelOf(sessionOf('b', 1), 1, 'PUT x 1'));
    for (const each of decided(1, batch(1, parcel), later)) bench.machine.apply(each, null, NOBODY);
    bench.origin.installed();
    expect(bench.told).to.deep.equal(['once uncertain']);
  });

  it('tells no reply out of a state that is wrong, whether it executed them itself or not', () => {
    for (const isInstalled of [false, true]) {
      const bench = new Bench();
      bench.distrusted = true;
      for (const line of ['PUT a 1', 'EXEC 0 2 GET a', 'ONCE i 0 PUT a 1']) bench.write(line, command(line));
      bench.clock.turn();
      const [parcel] = bench.parcels;
      if (parcel === undefined) throw new Error('nothing was proposed');
      if (isInstalled) {
        for (const each of decided(1, batch(1, parcel))) bench.machine.apply(each, null, NOBODY);
        bench.origin.installed();
      } else bench.apply();
      expect(bench.told).to.deep.equal(['PUT a 1 executed', 'EXEC 0 2 GET a executed', 'ONCE i 0 PUT a 1 uncertain']);
      bench.distrusted = false;
      bench.write('GETSET', command('GETSET a 2'));
      bench.clock.turn();
      bench.apply(1, 1);
      expect(bench.told.at(-1)).to.equal('GETSET "1"');
    }
  });
});
