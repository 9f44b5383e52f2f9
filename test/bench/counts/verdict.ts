/**
 * Whether what was counted is what is written down. A fall is told as well as a rise, and fails the test as that does:
 * while the table stands above what is true, all that was won can be lost again before anybody hears of it, and a note
 * among hundreds of tests that pass is read by nobody.
 */

import type { Scenario } from './scenario.js';
import { COUNTS, type Count, type CountName, type Counts } from './tally.js';

/** As much above what is written down as is let pass, and as much below. */
const TOLERANCE = 0.1;

type Unit = 'command' | 'second';

/**
 * What is less belongs to the clock (a heartbeat, a mark in the log): how much of it falls into a run is no matter of
 * commands.
 */
const SMALLEST: Readonly<Record<Unit, Readonly<Record<Count['unit'], number>>>> = {
  command: { times: 0.02, bytes: 5, slabs: 400 },
  second: { times: 1, bytes: 250, slabs: 20_000 },
};

const DIGITS = 4;

/** A line for each count that is not what is written down. */
export function verdict(scenario: Scenario, known: Partial<Counts>, counted: Partial<Counts>): string[] {
  return Object.entries(counted).flatMap(([name, count]) => {
    const line = verdictOf(scenario, name as CountName, known[name as CountName], count);
    return line === null ? [] : [`${scenario.name}: ${line}`];
  });
}

function verdictOf(scenario: Scenario, name: CountName, known: number | undefined, counted: number): string | null {
  const { label } = COUNTS[name];
  if (known === undefined) return `${label}: nothing is written down`;
  const smallest = smallestOf(scenario, name);
  const ratio = Math.max(counted, smallest) / Math.max(known, smallest);
  if (ratio <= 1 + TOLERANCE && ratio >= 1 - TOLERANCE) return null;
  const percent = Math.abs(100 * (ratio - 1)).toFixed(1);
  const how = ratio > 1 ? 'above' : 'below';
  return `${label}: ${rounded(counted)} a ${unitOf(scenario)}, ${percent} % ${how} the ${rounded(known)} written down`;
}

export function smallestOf(scenario: Scenario, name: CountName): number {
  return SMALLEST[unitOf(scenario)][COUNTS[name].unit];
}

/** As it is written down. */
export function rounded(count: number): number {
  return Number(count.toPrecision(DIGITS));
}

function unitOf({ asks }: Scenario): Unit {
  return asks === null ? 'second' : 'command';
}
