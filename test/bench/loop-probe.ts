/**
 * Loaded into a daemon before its own program (`node --import`): measures how late the event loop is, by a timer of its own, and
 * hands the samples to whoever connects to the socket that SYNOD_LOOP_PROBE names. It is in the test, so that the product is
 * measured as it is; what it costs it costs with and without whatever is compared.
 */
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';

const path = process.env.SYNOD_LOOP_PROBE;
const everyMs = 2;
/** Some minutes without a reader; older samples are lost then. */
const most = 200_000;

/** How late in ms, and when by the wall clock: two numbers a sample. */
let samples: number[] = [];
let last = performance.now();

if (path !== undefined) {
  setInterval(() => {
    const now = performance.now();
    if (samples.length < 2 * most) samples.push(Math.round(performance.timeOrigin + now), now - last - everyMs);
    last = now;
  }, everyMs).unref();
  // What an earlier life of this daemon left.
  rmSync(path, { force: true });
  createServer((socket) => {
    const read = samples;
    samples = [];
    socket.on('error', () => socket.destroy());
    socket.end(JSON.stringify(read.map((n) => Math.round(n * 100) / 100)));
  })
    .listen(path)
    .unref();
}
