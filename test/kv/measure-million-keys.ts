// Puts a million keys through the state machine, a parcel at a time as an origin makes them, and prints the longest step, the
// time a put takes and the memory a key takes: `node --expose-gc dist/test/kv/measure-million-keys.js [keys] [value bytes]`.

import { sequence, slot } from '#src/base/ids.js';
import { StateMachine } from '#src/kv/state-machine.js';
import { entryBytes } from '#src/kv/table-contents.js';
import { encodeCommand } from '#src/wire/command.js';
import { encodeParcel } from '#src/wire/parcel.js';
import { sessionOf } from './values.js';

const KEYS = Number(process.argv[2] ?? 1_000_000);
const VALUE = 'v'.repeat(Number(process.argv[3] ?? 20));
const session = sessionOf('a');
const PER_SLOT = 1_000;

/** Keys in an order that touches the whole tree. */
function keyOf(i: number): string {
  return `key:${Math.imul(i, 0x9e3779b1).toString(16).padStart(8, '0')}`;
}

function memory(): number {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const machine = new StateMachine();
const before = memory();
const steps: number[] = [];
for (let first = 1; first <= KEYS; first += PER_SLOT) {
  const commands = Array.from({ length: PER_SLOT }, (_, i) => encodeCommand(['PUT', keyOf(first + i), VALUE]));
  const { bytes } = encodeParcel(session, sequence(first), commands);
  const start = performance.now();
  machine.apply(
    { slot: slot(machine.applied + 1), value: { type: 'batch', stamp: 1, bytes } },
    session,
    () => undefined,
  );
  steps.push(performance.now() - start);
}
const total = steps.reduce((sum, step) => sum + step, 0);
steps.sort((a, b) => b - a);
const perKey = (memory() - before) / KEYS;
process.stdout.write(
  [
    `${machine.keys} keys of ${keyOf(1).length} bytes with values of ${VALUE.length}, ${PER_SLOT} a slot`,
    `longest step ${steps[0]?.toFixed(1)} ms, then ${steps.slice(1, 5).map((step) => step.toFixed(1))}`,
    `${((total / KEYS) * 1000).toFixed(2)} us a put`,
    `${perKey.toFixed(0)} bytes of memory a key, reckoned as ${entryBytes(keyOf(1).length, VALUE.length)}`,
    '',
  ].join('\n'),
);
