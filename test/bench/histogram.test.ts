// The histogram must be right to within 1 %, compared with sorting, over all magnitudes that latencies have.
import { expect } from 'chai';
import { Histogram } from './histogram.js';
import { Spread } from './spread.js';

describe('the histogram', () => {
  it('is empty at first', () => {
    expect(new Histogram().percentile(0.5)).to.equal(0);
  });

  it('tells one value as it is', () => {
    const histogram = new Histogram();
    histogram.record(123_456.7);
    for (const fraction of [0, 0.5, 1]) expect(histogram.percentile(fraction)).to.equal(123_456.7);
  });

  for (const magnitude of [1e2, 1e4, 1e6, 1e8]) {
    it(`agrees with sorting up to ${magnitude} µs`, () => {
      const spread = new Spread(7);
      const histogram = new Histogram();
      const values = Array.from({ length: 20_000 }, () => spread.fraction() ** 3 * magnitude);
      for (const value of values) histogram.record(value);
      values.sort((a, b) => a - b);
      for (const fraction of [0.01, 0.5, 0.9, 0.99, 0.999, 1]) {
        const exact = values[Math.ceil(values.length * fraction) - 1] ?? 0;
        expect(histogram.percentile(fraction), `p${fraction * 100}`).to.be.closeTo(exact, exact * 0.01 + 1);
      }
      expect(histogram.total).to.equal(values.length);
    });
  }

  it('is the same when it is put together from the contents of its parts', () => {
    const whole = new Histogram();
    const parts = [new Histogram(), new Histogram(), new Histogram()];
    for (let n = 0; n < 3000; n++) {
      const micros = (n * n) % 100_003;
      whole.record(micros);
      parts[n % 2]?.record(micros);
    }
    const merged = new Histogram();
    for (const part of parts) merged.merge(JSON.parse(JSON.stringify(part.contents)));
    expect(merged.contents).to.deep.equal(whole.contents);
    expect(merged.total).to.equal(3000);
    expect(merged.percentile(0.99)).to.equal(whole.percentile(0.99));
  });
});
