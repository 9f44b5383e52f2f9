// Commands and parcels: what goes into a batch comes out of it, in order and byte for byte; whatever is not parcels to the very
// end is refused before anyone walks it.

import { expect } from 'chai';
import fc from 'fast-check';
import { InvariantViolation } from '#src/base/assert.js';
import { incarnation, sequence, storeId } from '#src/base/ids.js';
import type { Session } from '#src/paxos/session.js';
import { CommandCursor, encodeCommand } from '#src/wire/command.js';
import {
  checkParcels,
  encodeParcel,
  forEachParcel,
  PARCEL_HEADER_BYTES,
  readParcel,
  readParcelHeader,
} from '#src/wire/parcel.js';
import { WireError } from '#src/wire/wire-error.js';
import { accepts, damaged, prefixes } from './refusals.js';
import { LIFE, parcel, put, SESSION, STORE } from './samples.js';

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** All that a batch holds, as plain data. */
function walk(batch: Uint8Array): unknown[] {
  const out: unknown[] = [];
  forEachParcel(batch, (header, commands) => {
    const all: string[][] = [];
    while (commands.next()) all.push([commands.name(), ...texts(commands)]);
    out.push({ ...header, commands: all });
  });
  return out;
}

function texts(commands: CommandCursor): string[] {
  return Array.from({ length: commands.words - 1 }, (_, i) => commands.text(i + 1));
}

const word = fc.uint8Array({ maxLength: 200 }).map((bytes) => latin1(bytes));
const argv = fc.array(word, { minLength: 1, maxLength: 5 });
const anyParcel = fc.record({
  store: fc.stringMatching(/^[0-9a-f]{32}$/).map(storeId),
  incarnation: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }).map(incarnation),
  first: fc.integer({ min: 1, max: 2 ** 50 }).map(sequence),
  commands: fc.array(argv, { minLength: 1, maxLength: 6 }),
});

describe('commands and parcels', () => {
  it('come out of a batch as they went in', () => {
    fc.assert(
      fc.property(fc.array(anyParcel, { maxLength: 4 }), (parcels) => {
        const encoded = parcels.map((one) => encodeParcel(one, one.first, one.commands.map(encodeCommand)));
        const batch = Buffer.concat(encoded.map((one) => one.bytes));
        checkParcels(batch);
        expect(walk(batch)).to.deep.equal(parcels.map((one) => ({ ...one, count: one.commands.length })));
        for (const one of encoded) expect(readParcel(one.bytes)).to.deep.equal(one);
      }),
    );
  });

  it('take words as bytes or as latin1 strings alike', () => {
    const long = '\xe9'.repeat(300);
    const bytes = encodeCommand([Buffer.from('PUT'), Buffer.from('k\x00'), Buffer.from(long, 'latin1')]);
    expect(bytes).to.deep.equal(encodeCommand(['PUT', 'k\x00', long]));
  });

  it('hold words of every size of length field', () => {
    for (const length of [0, 1, 127, 128, 16_383, 16_384, 2 ** 21 - 1, 2 ** 21]) {
      const value = 'v'.repeat(length);
      const { bytes } = parcel(1, encodeCommand(['PUT', 'k', value]));
      checkParcels(bytes);
      forEachParcel(bytes, (_header, commands) => {
        expect(commands.next()).to.equal(true);
        expect(commands.length(2)).to.equal(length);
        expect(commands.text(2) === value).to.equal(true);
        expect(commands.bytes(2).length).to.equal(length);
        expect(commands.next()).to.equal(false);
      });
    }
  });

  it('skips the commands that a visit leaves unread', () => {
    const batch = Buffer.concat([parcel(1, put('a', '1'), put('b', '2')).bytes, parcel(3, put('c', '3')).bytes]);
    const firsts: number[] = [];
    forEachParcel(batch, (header) => firsts.push(header.first));
    expect(firsts).to.deep.equal([1, 3]);
  });

  it('remembers names and stores by their bytes, not by the memory they once stood in', () => {
    const memory = Buffer.alloc(200);
    const seen: string[] = [];
    for (const [store, name] of [
      ['11'.repeat(16), 'AxZ'],
      ['12'.repeat(15).padStart(32, '11'), 'AyZ'],
      ['11'.repeat(16), 'AxZ'],
    ] as const) {
      const session: Session = { store: storeId(store.slice(0, 30).concat('11')), incarnation: LIFE };
      const { bytes } = encodeParcel(session, sequence(1), [encodeCommand([name])]);
      memory.set(bytes);
      forEachParcel(memory.subarray(0, bytes.length), (header, commands) => {
        commands.next();
        expect(header.store).to.equal(session.store);
        seen.push(commands.name());
      });
    }
    expect(seen).to.deep.equal(['AxZ', 'AyZ', 'AxZ']);
  });

  it('is made of commands with names, and parcels with commands', () => {
    expect(() => encodeCommand([])).to.throw(InvariantViolation);
    expect(() => encodeParcel(SESSION, sequence(1), [])).to.throw(InvariantViolation);
  });

  it('asserts that a word asked for is there', () => {
    const cursor = new CommandCursor();
    const command = put('k', 'v');
    cursor.reset(command, 0, command.length, 1);
    expect(() => cursor.text(0)).to.throw(InvariantViolation);
    cursor.next();
    expect(cursor.text(2)).to.equal('v');
    expect(() => cursor.text(3)).to.throw(InvariantViolation);
  });
});

describe('checking parcels', () => {
  const { bytes: whole } = parcel(5, put('key', 'value'), encodeCommand(['DELETE', 'a', 'b']));

  it('accepts the empty batch', () => {
    expect(accepts(() => checkParcels(new Uint8Array(0)))).to.equal(true);
  });

  it('refuses every cut', () => {
    for (const cut of prefixes(whole)) {
      if (cut.length > 0) expect(() => checkParcels(cut), `${cut.length} bytes`).to.throw(WireError);
      expect(() => readParcel(cut), `${cut.length} bytes`).to.throw(WireError);
    }
  });

  it('throws nothing but WireError, and lets nothing through that cannot be walked', () => {
    const check = (bytes: Uint8Array): void => {
      if (accepts(() => checkParcels(bytes))) walk(bytes);
    };
    for (const bytes of damaged(whole)) check(bytes);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 120 }), check));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 30 }), (tail) => check(Buffer.concat([header(1, tail.length), tail]))),
    );
  });

  const header = (count: number, size: number, life: number = LIFE, first = 1): Buffer => {
    const bytes = Buffer.alloc(PARCEL_HEADER_BYTES);
    bytes.write(STORE, 0, 'hex');
    bytes.writeDoubleBE(life, 16);
    bytes.writeDoubleBE(first, 24);
    bytes.writeUInt32BE(count, 32);
    bytes.writeUInt32BE(size, 36);
    return bytes;
  };
  const holding = (count: number, ...contents: number[]): Buffer =>
    Buffer.concat([header(count, contents.length), Buffer.from(contents)]);

  const refusals: readonly (readonly [string, Buffer])[] = [
    ['no commands', header(0, 0)],
    ['fewer commands than it says', holding(2, 1, 1, 0x61)],
    ['more commands than it says', holding(1, 1, 1, 0x61, 1, 1, 0x61)],
    ['four thousand million commands', header(0xffff_ffff, 0)],
    ['more bytes than there are', header(1, 0xffff_ffff)],
    ['a command without words', holding(1, 0)],
    ['a word beyond the end', holding(1, 1, 2, 0x61)],
    ['more words than bytes', holding(1, 0x7f, 1, 0x61)],
    ['a length without an end', holding(1, 1, 0x80, 0x80, 0x80, 0x80, 0x01)],
    ['a length that is cut', holding(1, 1, 0x80)],
    ['an incarnation of 0', header(1, 0, 0)],
    ['a fractional incarnation', header(1, 0, 1.5)],
    ['an incarnation that is no number', header(1, 0, Number.NaN)],
    ['a first number of 0', header(1, 0, LIFE, 0)],
    ['a first number beyond the safe integers', header(1, 0, LIFE, 2 ** 60)],
    ['numbers that run beyond the safe integers', header(9, 0, LIFE, Number.MAX_SAFE_INTEGER - 1)],
  ];
  for (const [what, bytes] of refusals) {
    it(`refuses a parcel with ${what}`, () => {
      expect(() => checkParcels(bytes)).to.throw(WireError);
      expect(() => readParcel(bytes)).to.throw(WireError);
    });
  }

  it('stops a walk at a word that reaches beyond the end, checked before or not', () => {
    const cursor = new CommandCursor();
    const command = put('key', 'value');
    cursor.reset(command, 0, command.length - 1, 1);
    expect(() => cursor.next()).to.throw(WireError);
  });

  it('refuses two parcels where one is wanted', () => {
    expect(() => readParcel(Buffer.concat([whole, whole]))).to.throw(WireError, 'bytes follow a parcel');
  });

  it('reads a header without looking at what follows', () => {
    const broken = Buffer.concat([Buffer.from('zz'), header(3, 1, LIFE, 7)]);
    expect(readParcelHeader(broken, 2)).to.deep.equal({ ...SESSION, first: 7, count: 3 });
  });
});
