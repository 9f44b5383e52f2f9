// Sizes for people: each unit from its first byte to its last.

import { expect } from 'chai';
import { sizeText } from '#src/base/size-text.js';

describe('sizeText', () => {
  const cases: readonly [bytes: number, text: string][] = [
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [1536, '1.5 KiB'],
    [1024 ** 2 - 1, '1024.0 KiB'],
    [1024 ** 2, '1.0 MiB'],
    [13.1 * 1024 ** 2, '13.1 MiB'],
    [1024 ** 3, '1.00 GiB'],
    [2.5 * 1024 ** 3, '2.50 GiB'],
  ];
  for (const [bytes, text] of cases) {
    it(`says ${text}`, () => {
      expect(sizeText(bytes)).to.equal(text);
    });
  }
});
