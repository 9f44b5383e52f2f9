// The process looks at itself: memory at any time, delays of the event loop once it was asked for them.

import { expect } from 'chai';
import { SystemMeter } from '#src/node/host/system-meter.js';
import { until } from '../../cluster/until.js';

describe('the meter of the process', () => {
  it('knows how much memory it has', () => {
    expect(new SystemMeter().residentBytes()).to.be.within(10e6, 10e9);
  });

  it('notices that the event loop was held up, since it was last asked to begin', async () => {
    const meter = new SystemMeter();
    expect(meter.loopDelays()).to.equal(null);
    meter.measureLoop();
    await until('the first delays', () => (meter.loopDelays()?.p50Ms ?? 0) > 0.5);
    for (const end = performance.now() + 60; performance.now() < end; );
    await until('the delay', () => (meter.loopDelays()?.maxMs ?? 0) >= 50);
    meter.measureLoop();
    expect(meter.loopDelays()?.maxMs).to.be.lessThan(50);
  });
});
