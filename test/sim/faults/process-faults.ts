/** What happens to processes: they die, alone or together, stop for a while, lose power, and are restarted on purpose. */

import { bytesOf } from '../../kv/entries.js';
import { parcel, sessionOf } from '../../kv/values.js';
import { WRONG_KEY } from '../checks/chronicle.js';
import type { Death, Machine } from '../world/machine.js';
import type { Random } from '../world/random.js';
import type { Moment } from '../world/sim-disk.js';
import type { Fault, Storm } from './storm.js';

/** Snapshots on their way into a directory, and what becomes of them. */
export const OF_SNAPSHOTS = /\/snapshots/;

const MOMENTS: readonly Moment[] = ['before', 'within', 'after'];

function downMs(random: Random): number {
  return random.skewed(2, 4_000);
}

function pickUp(storm: Storm, random: Random): Machine | null {
  const up = storm.up();
  return up.length === 0 ? null : random.pick(up);
}

function crashSome(storm: Storm, random: Random, machines: readonly Machine[], death: Death): string | null {
  if (machines.length === 0) return null;
  for (const machine of machines) storm.crash(machine, death, downMs(random));
  return machines.map(({ name }) => name).join(' ');
}

const asList = (machine: Machine | null): Machine[] => (machine === null ? [] : [machine]);

/** The machine dies in its n-th disk operation from now on that changes something. */
function crashAtOperation(storm: Storm, random: Random, machine: Machine, most: number, where = /./): string {
  let left = 1 + random.below(most);
  const moment = random.pick(MOMENTS);
  const death = random.pick(['kill', 'power'] as const);
  const down = downMs(random);
  machine.disk.trouble = (when, type, path) => {
    if (when !== moment || !where.test(path) || type === 'read' || type === 'list' || --left > 0) return null;
    machine.disk.trouble = () => null;
    storm.coverage.note(`crashed ${moment} a ${type}`);
    storm.crash(machine, death, down);
    return null;
  };
  return `${machine.name}, ${moment} operation ${left}, by ${death}`;
}

/** A session that no store has. */
const NOBODY = sessionOf('e');

/**
 * The next batch that this process executes has a command more, and leaves a key that no client reads: memory that flipped,
 * a bug. Nothing in the log or in what is sent tells. Revisions stay right: clients can see them, by a WATCH, before
 * anybody can know.
 */
function executeElse(machine: Machine, storm: Storm): void {
  const state = machine.replica?.inside.recovered.machine;
  if (state === undefined) return;
  const apply = state.apply;
  state.apply = (decided, own, answer) => {
    const { value } = decided;
    if (value.type !== 'batch') {
      apply.call(state, decided, own, answer);
      return;
    }
    state.apply = apply;
    // It executed nothing as long as the storm lasted: a fault of the calm would be one that nobody could have healed by then.
    if (storm.isOver) {
      apply.call(state, decided, own, answer);
      return;
    }
    machine.isWrong = true;
    machine.isDamaged = true;
    const more = parcel(NOBODY, 1, `DELETE ${WRONG_KEY}`);
    const bytes = Buffer.concat([value.bytes, more.bytes]);
    apply.call(state, { ...decided, value: { ...value, bytes } }, own, answer);
    state.table.put(bytesOf(WRONG_KEY, 'x'), state.revision);
  };
}

function stop(machine: Machine | null, random: Random): string | null {
  if (machine === null) return null;
  const ms = random.skewed(1, 600_000);
  machine.process?.stop(ms);
  return `${machine.name} for ${ms.toFixed(0)} ms`;
}

function restart(storm: Storm, random: Random, machine: Machine): void {
  const { process } = machine;
  const down = random.skewed(2, 1_000);
  machine.close();
  const wait = (): void => {
    if (storm.isOver || machine.process === process) storm.world.timeline.in(10, () => storm.isOver || wait());
    else storm.startLater(machine, down);
  };
  wait();
}

export const PROCESS_FAULTS = {
  kill: (storm, random) => crashSome(storm, random, asList(pickUp(storm, random)), 'kill'),
  'kill the leader': (storm, random) => crashSome(storm, random, asList(storm.leader()), 'kill'),
  'kill all': (storm, random) => crashSome(storm, random, storm.up(), 'kill'),
  'power loss': (storm, random) => crashSome(storm, random, asList(pickUp(storm, random)), 'power'),
  'power loss of all': (storm, random) => crashSome(storm, random, storm.up(), 'power'),
  'crash at a disk operation': (storm, random) => {
    const machine = pickUp(storm, random);
    return machine === null ? null : crashAtOperation(storm, random, machine, 30);
  },
  'crash during recovery': (storm, random) => {
    const machine = pickUp(storm, random);
    if (machine === null) return null;
    storm.crash(machine, random.pick(['kill', 'power'] as const), random.skewed(2, 500));
    return crashAtOperation(storm, random, machine, 12);
  },
  'crash with a snapshot under way': (storm, random) => {
    const machine = pickUp(storm, random);
    return machine === null ? null : crashAtOperation(storm, random, machine, 6, OF_SNAPSHOTS);
  },
  'long absence': (storm, random) => {
    const machine = pickUp(storm, random);
    if (machine === null) return null;
    storm.crash(machine, random.pick(['kill', 'power'] as const), random.skewed(2_000, 12_000));
    return machine.name;
  },
  'execute something else': (storm, random) => {
    const [machine] = random.some(storm.working(), 1);
    if (machine === undefined || !storm.mayDamage(machine)) return null;
    executeElse(machine, storm);
    return machine.name;
  },
  stop: (storm, random) => stop(pickUp(storm, random), random),
  'stop the leader': (storm, random) => stop(storm.leader(), random),
  'stop within a task': (storm, random) => {
    const machine = pickUp(storm, random);
    if (machine === null) return null;
    const ms = random.skewed(1, 3_000);
    machine.process?.stopWithin(1 + random.below(40), ms);
    return `${machine.name} for ${ms.toFixed(0)} ms`;
  },
  suspend: (storm, random) => {
    const machine = pickUp(storm, random);
    if (machine === null || machine.process === null || machine.process.stopped) return null;
    const ms = random.skewed(1, 5_000);
    machine.process.stop(ms);
    machine.quartz.suspend(storm.world.timeline.now, ms);
    return `${machine.name} for ${ms.toFixed(0)} ms`;
  },
  'slow loop': (storm, random) => {
    const machine = pickUp(storm, random);
    if (machine === null) return null;
    const everyMs = random.skewed(5, 200);
    const heldMs = random.skewed(1, 400);
    let slow = true;
    const hold = (): void => {
      if (!slow) return;
      machine.process?.stop(random.fraction() * heldMs);
      storm.world.timeline.in(everyMs * (0.5 + random.fraction()) + heldMs / 2, hold);
    };
    hold();
    storm.lasting(random.skewed(100, 5_000), () => {
      slow = false;
    });
    return `${machine.name}, up to ${heldMs.toFixed(0)} ms every ${everyMs.toFixed(0)} ms`;
  },
  'restart in order': (storm, random) => {
    const working = storm.working();
    if (working.length === 0) return null;
    const machine = random.pick(working);
    restart(storm, random, machine);
    return machine.name;
  },
  'restart with another priority': (storm, random) => {
    const working = storm.working();
    if (working.length === 0) return null;
    const machine = random.pick(working);
    machine.set({ priority: random.below(storm.world.machines.length + 2) });
    restart(storm, random, machine);
    return `${machine.name}, priority ${machine.settings.priority}`;
  },
  'lose votes': (storm, random) => {
    const machine = pickUp(storm, random);
    if (machine === null) return null;
    const faultRate = random.pick([0.05, 0.3]);
    machine.set({ faultRate });
    storm.crash(machine, 'kill', random.skewed(2, 200));
    storm.lasting(random.skewed(500, 8_000), () => {
      machine.set({ faultRate: 0 });
      storm.crash(machine, 'kill', random.skewed(2, 200));
    });
    return `${machine.name}, ${faultRate} of its promises and acceptances`;
  },
  drain: (storm, random) => {
    const working = storm.working();
    if (working.length === 0) return null;
    const machine = random.pick(working);
    const { process } = machine;
    let on = true;
    // What reaches a process that is stopped is taken up in any order: whichever comes last says how it is then.
    const tell = (): void => {
      if (process === null || process !== machine.process) return;
      process.deliver(() => machine.replica?.service.drain(on));
    };
    tell();
    storm.lasting(random.skewed(50, 4_000), () => {
      on = false;
      tell();
    });
    return machine.name;
  },
} satisfies Readonly<Record<string, Fault>>;
