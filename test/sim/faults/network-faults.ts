/**
 * What happens to the network. Under TCP nothing gets lost or out of order within a connection; instead things stand still, in
 * one direction or both, for some pairs or all, for one connection or every one; they slow down, and they break.
 */

import type { Machine } from '../world/machine.js';
import type { Random } from '../world/random.js';
import type { Fault, Storm } from './storm.js';

/** Soon enough to catch a leader with its barrier on the way. */
const LOOK_MS = 1;

function lastsMs(random: Random): number {
  return random.skewed(20, 8_000);
}

function pair(storm: Storm, random: Random): [string, string] | null {
  const [a, b] = random.some(storm.world.machines, 2);
  return a === undefined || b === undefined ? null : [a.name, b.name];
}

function cut(storm: Storm, ms: number, ways: readonly (readonly [string, string])[]): void {
  const { net } = storm.world;
  for (const [from, to] of ways) net.cut(from, to);
  storm.lasting(ms, () => {
    for (const [from, to] of ways) net.mend(from, to);
  });
}

const both = (a: string, b: string): [string, string][] => [
  [a, b],
  [b, a],
];

function others(storm: Storm, name: string): string[] {
  return storm.world.machines.map((machine) => machine.name).filter((other) => other !== name);
}

const names = (machines: readonly Machine[]): string[] => machines.map(({ name }) => name);

export const NETWORK_FAULTS = {
  cut: (storm, random) => {
    const found = pair(storm, random);
    if (found === null) return null;
    const ms = lastsMs(random);
    cut(storm, ms, both(...found));
    return `${found.join(' - ')} for ${ms.toFixed(0)} ms`;
  },
  'one-way cut': (storm, random) => {
    const found = pair(storm, random);
    if (found === null) return null;
    const ms = lastsMs(random);
    cut(storm, ms, [found]);
    return `${found.join(' > ')} for ${ms.toFixed(0)} ms`;
  },
  isolate: (storm, random) => {
    const { name } = random.pick(storm.world.machines);
    const ms = lastsMs(random);
    const way = random.below(3);
    const ways = others(storm, name).flatMap((other) =>
      both(name, other).filter((_, index) => way === 2 || index === way),
    );
    const withClients = random.chance(0.3) ? storm.clients.flatMap((client) => both(name, client)) : [];
    cut(storm, ms, [...ways, ...withClients]);
    return `${name} for ${ms.toFixed(0)} ms, ${['what it says', 'what it hears', 'both ways'][way]}`;
  },
  'cut new leaders off': (storm, random) => {
    const known = new Set(storm.leaders());
    const ms = random.skewed(300, 4_000);
    const wayOut = random.chance(0.5);
    let goesOn = true;
    const look = (): void => {
      if (!goesOn) return;
      const leaders = storm.leaders();
      for (const leader of leaders) {
        if (known.has(leader)) continue;
        known.add(leader);
        const out = others(storm, leader.name).map((other): [string, string] => [leader.name, other]);
        cut(storm, random.skewed(100, 1_000), wayOut ? out : out.flatMap(([a, b]) => both(a, b)));
      }
      for (const machine of known) if (!leaders.includes(machine)) known.delete(machine);
      storm.world.timeline.in(LOOK_MS, look);
    };
    look();
    storm.lasting(ms, () => {
      goesOn = false;
    });
    return `for ${ms.toFixed(0)} ms, ${wayOut ? 'what they say' : 'both ways'}`;
  },
  split: (storm, random) => {
    const { machines } = storm.world;
    if (machines.length < 2) return null;
    const here = names(random.some(machines, 1 + random.below(machines.length - 1)));
    const there = names(machines).filter((name) => !here.includes(name));
    const ms = lastsMs(random);
    cut(
      storm,
      ms,
      here.flatMap((a) => there.flatMap((b) => both(a, b))),
    );
    return `${here.join(' ')} | ${there.join(' ')} for ${ms.toFixed(0)} ms`;
  },
  chain: (storm, random) => {
    const row = names(random.some(storm.world.machines, storm.world.machines.length));
    if (row.length < 3) return null;
    const ms = lastsMs(random);
    cut(
      storm,
      ms,
      row.flatMap((a, i) => row.slice(i + 2).flatMap((b) => both(a, b))),
    );
    return `${row.join(' - ')} for ${ms.toFixed(0)} ms`;
  },
  'cut clients off': (storm, random) => {
    const { name } = random.pick(storm.world.machines);
    const ms = lastsMs(random);
    cut(
      storm,
      ms,
      storm.clients.flatMap((client) => both(name, client)),
    );
    return `from ${name} for ${ms.toFixed(0)} ms`;
  },
  'break connections': (storm, random) => {
    const found = pair(storm, random);
    if (found === null) return null;
    const connections = storm.world.net.connections(...found);
    const broken = random.chance(0.5) ? connections : random.some(connections, 1);
    for (const connection of broken) connection.break();
    return broken.length === 0 ? null : `${broken.length} of ${found.join(' - ')}`;
  },
  'stick a connection': (storm, random) => {
    const found = pair(storm, random);
    const [stuck] = found === null ? [] : random.some(storm.world.net.connections(...found), 1);
    if (found === null || stuck === undefined) return null;
    const ms = lastsMs(random);
    stuck.stuck++;
    storm.lasting(ms, () => {
      stuck.stuck--;
      stuck.retransmit();
    });
    return `one of ${found.join(' > ')} for ${ms.toFixed(0)} ms`;
  },
  'slow way': (storm, random) => {
    const found = pair(storm, random);
    if (found === null) return null;
    const ms = lastsMs(random);
    const least = random.skewed(1, 400);
    const ways = random.chance(0.5)
      ? [storm.world.net.way(...found)]
      : both(...found).map(([a, b]) => storm.world.net.way(a, b));
    for (const way of ways) way.delayMs = [least, 2 * least];
    storm.lasting(ms, () => {
      for (const way of ways) storm.world.net.quicken(way);
    });
    return `${found.join(' > ')} ${least.toFixed(0)} ms and more for ${ms.toFixed(0)} ms`;
  },
  clog: (storm, random) => {
    const found = pair(storm, random);
    if (found === null) return null;
    const ms = lastsMs(random);
    const way = storm.world.net.way(...found);
    way.bytesPerMs = random.skewed(1, 200);
    storm.lasting(ms, () => storm.world.net.quicken(way));
    return `${found.join(' > ')} to ${way.bytesPerMs.toFixed(1)} bytes a ms for ${ms.toFixed(0)} ms`;
  },
  /** Answers to what it once said still come in while nothing that it says gets out any more. */
  'leader late and unheard': (storm, random) => {
    const machine = storm.leaders().find(({ process }) => process?.stopped === false);
    if (machine === undefined) return null;
    const { net, timeline } = storm.world;
    const { name } = machine;
    const ms = random.skewed(300, 3_000);
    const least = random.skewed(20, 400);
    const ways = others(storm, name).map((other) => net.way(other, name));
    for (const way of ways) way.delayMs = [least, 1.5 * least];
    storm.lasting(ms, () => {
      for (const way of ways) net.quicken(way);
    });
    timeline.in(random.fraction() * least, () => {
      if (storm.isOver) return;
      cut(
        storm,
        ms,
        others(storm, name).map((other) => [name, other] as const),
      );
    });
    return `${name} hears ${least.toFixed(0)} ms and more late for ${ms.toFixed(0)} ms`;
  },
  flap: (storm, random) => {
    const found = pair(storm, random);
    if (found === null) return null;
    const ms = lastsMs(random);
    const everyMs = random.skewed(10, 400);
    let flaps = true;
    const flap = (): void => {
      if (!flaps) return;
      cut(storm, everyMs * random.fraction(), both(...found));
      storm.world.timeline.in(everyMs * (0.5 + random.fraction()), flap);
    };
    flap();
    storm.lasting(ms, () => {
      flaps = false;
    });
    return `${found.join(' - ')} every ${everyMs.toFixed(0)} ms for ${ms.toFixed(0)} ms`;
  },
} satisfies Readonly<Record<string, Fault>>;
