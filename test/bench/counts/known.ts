/**
 * What is written down of the counts, in known.json beside this file, and how it gets there. What is allocated depends on
 * the version of Node, which is written down with it.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { must } from '#src/base/assert.js';
import { measureHeap } from './heap-run.js';
import { countAtPorts } from './port-run.js';
import { SCENARIOS } from './scenario.js';
import type { CountName, Counts } from './tally.js';
import { rounded } from './verdict.js';

export interface Known {
  /** Major version of the Node that counted. */
  readonly node: number;
  /** By scenario. */
  readonly counts: Readonly<Record<string, Counts>>;
}

const path = new URL('../../../../test/bench/counts/known.json', import.meta.url);

export const NODE_MAJOR = Number.parseInt(process.versions.node, 10);

export function readKnown(): Known {
  return JSON.parse(readFileSync(path, 'utf8')) as Known;
}

export function writeKnown(known: Known): void {
  writeFileSync(path, `${JSON.stringify(known, null, 2)}\n`);
}

/** Counts everything anew. */
export async function countAll(): Promise<Known> {
  const heap = await measureHeap();
  const counts: Record<string, Counts> = {};
  for (const scenario of SCENARIOS) {
    const all = { ...(await countAtPorts(scenario)), ...must(heap.get(scenario.name), scenario.name) };
    counts[scenario.name] = roundedAll(all);
  }
  return { node: NODE_MAJOR, counts };
}

function roundedAll(counts: Counts): Counts {
  const entries = Object.entries(counts).map(([name, count]) => [name, rounded(count)]);
  return Object.fromEntries(entries) as Record<CountName, number>;
}
