/** Planted bugs in snapshots, in what is trimmed behind them, and in how damage and wrong states are healed. */

import type { Mutant } from './mutant.js';

const SNAPSHOTS = { profile: 'snapshots' } as const;
const HEALING = { profile: 'healing' } as const;
const LOSSES = { profile: 'losses' } as const;

const WRITTEN: readonly Mutant[] = [
  {
    name: 'snapshot-slot-off-by-one',
    breaks: 'a snapshot says that it holds one slot more than it does',
    file: 'kv/state-machine.js',
    find: 'const point = { slot: applied, time,',
    replace: 'const point = { slot: applied + 1, time,',
    wishes: SNAPSHOTS,
  },
  {
    name: 'sessions-left-out',
    breaks: 'a snapshot has no sessions',
    file: 'kv/state-machine.js',
    find: 'const sessions = [...this.#sessions].sort(',
    replace: 'const sessions = [].sort(',
    wishes: SNAPSHOTS,
  },
  {
    name: 'revision-not-restored',
    breaks: 'revisions begin anew behind a snapshot',
    file: 'kv/state-machine.js',
    find: 'this.#writer.resume(point.revision, point.time);',
    replace: 'this.#writer.resume(0, point.time);',
    wishes: SNAPSHOTS,
  },
  {
    name: 'digest-not-restored',
    breaks: 'the running digest begins anew behind a snapshot',
    file: 'kv/state-machine.js',
    find: 'this.#digest.resume(point.digest);',
    replace: '',
    wishes: SNAPSHOTS,
  },
  {
    name: 'before-image-missed',
    breaks: 'a snapshot has values that were written after it was cut',
    file: 'kv/table.js',
    find: 'cut.keep(id);',
    replace: 'void cut;',
    wishes: SNAPSHOTS,
  },
  {
    name: 'snapshot-not-synced',
    breaks: 'a snapshot gets its name before it is durable',
    file: 'store/snapshot-writer.js',
    find: 'const digest = this.#hash.digest();',
    replace: 'const digest = this.#hash.digest(); this.#file.sync = () => Promise.resolve();',
    wishes: SNAPSHOTS,
  },
  {
    name: 'trim-beyond-the-snapshot',
    breaks: 'the log is trimmed up to what is decided',
    file: 'node/snapshots/snapshotter.js',
    find: 'trim(firstSlot);',
    replace: 'trim(log.decided + 1);',
    wishes: SNAPSHOTS,
  },
  {
    name: 'decided-mark-not-awaited',
    breaks: 'the log is trimmed before it is durable that its slots are decided',
    file: 'node/snapshots/snapshotter.js',
    find: 'newest <= this.#trimmedBehind || log.decided < newest',
    replace: 'newest <= this.#trimmedBehind',
    wishes: SNAPSHOTS,
  },
  {
    name: 'log-never-trimmed',
    breaks: 'the log is kept for ever',
    file: 'node/snapshots/snapshotter.js',
    find: 'trim(firstSlot);',
    replace: '',
    wishes: SNAPSHOTS,
  },
  {
    name: 'segments-stay',
    breaks: 'segments of which nothing is needed any more are not removed',
    file: 'store/trimmer.js',
    find: 'this.running = this.remove();',
    replace: '',
    wishes: SNAPSHOTS,
  },
  {
    name: 'old-snapshots-stay',
    breaks: 'a snapshot that newer ones took the place of is not removed',
    file: 'store/snapshots.js',
    find: 'for (const ref of this.#all.slice(0, -KEPT))',
    replace: 'for (const ref of [])',
    wishes: SNAPSHOTS,
  },
  {
    name: 'segment-unlinked-too-early',
    breaks: 'a segment is removed that has slots which the log still promises to have',
    file: 'store/segment-ledger.js',
    find: 'find(({ highest }) => highest >= first)',
    replace: 'find(({ highest }) => highest >= first + 100)',
    wishes: SNAPSHOTS,
  },
];

const CAUGHT_UP: readonly Mutant[] = [
  {
    name: 'stale-snapshot-installed',
    breaks: 'a snapshot is installed whatever has been executed meanwhile',
    file: 'node/snapshots/takeover.js',
    find: 'const isOfUse = fresh.applied > machine.applied && ',
    replace: 'const isOfUse = ',
    wishes: SNAPSHOTS,
  },
  {
    name: 'sessions-not-taken-over',
    breaks: 'a replica that catches up by a snapshot keeps its old sessions',
    file: 'kv/state-machine.js',
    find: 'this.#sessions = other.#sessions;',
    replace: '',
    wishes: SNAPSHOTS,
  },
  {
    name: 'origin-not-told',
    breaks: 'who waits for a write that came with a snapshot is never told',
    file: 'node/snapshots/upkeep.js',
    find: 'hands.installed();',
    replace: '',
    wishes: SNAPSHOTS,
  },
  {
    name: 'never-asks-for-a-snapshot',
    breaks: 'a replica whose slots all others have trimmed asks nobody',
    file: 'node/driver.js',
    find: 'if (effects.snapshot !== null)',
    replace: 'if (effects.snapshot === undefined)',
    wishes: SNAPSHOTS,
  },
];

const HEALED: readonly Mutant[] = [
  {
    name: 'damaged-snapshot-ends-it',
    breaks: 'a replica with a damaged snapshot does not start',
    file: 'node/recovery.js',
    find: "error.code !== 'snapshot-damaged'",
    replace: "error.code !== 'nothing'",
    wishes: HEALING,
  },
  {
    name: 'gap-costs-nothing',
    breaks: 'what an unreadable group held counts as never accepted',
    file: 'store/log-contents.js',
    find: 'this.faulty.add(this.decidedUpTo + 1, highestSlot, promised);',
    replace: '',
    wishes: HEALING,
  },
  {
    name: 'faulty-slot-not-reported',
    breaks: 'a promise reports nothing for a faulty slot',
    file: 'paxos/acceptor.js',
    find: 'joined([...this.#faulty.runs, ...single])',
    replace: 'joined(single)',
    wishes: HEALING,
  },
  {
    name: 'repair-forgets-votes',
    breaks: 'a lost log is repaired as if nothing had been accepted in its lost end',
    file: 'paxos/repairing.js',
    find: 'const faulty = acceptor.faultyUpTo(learner.decided, highestSlot, promised);',
    replace: 'const faulty = [];',
    wishes: LOSSES,
  },
  {
    name: 'digests-never-compared',
    breaks: 'a state that is not that of a majority goes unnoticed',
    file: 'paxos/checkpoints.js',
    find: 'this.#differ(own, right);',
    replace: 'void own;',
    wishes: HEALING,
  },
  {
    name: 'quarantine-never-ends',
    breaks: 'a state that was rebuilt is never trusted',
    file: 'paxos/checkpoints.js',
    find: 'if (!condition.diverged)',
    replace: 'if (condition.diverged !== null)',
    wishes: HEALING,
  },
  {
    name: 'lineage-ignored',
    breaks: 'a wrong state and a copy of it outvote the right one',
    file: 'paxos/checkpoints.js',
    find: 'same.add(name === self.name ? this.#lineage : lineage)',
    replace: 'same.add(name)',
    wishes: { ...HEALING, replicas: 3 },
  },
  {
    name: 'lineage-of-the-receiver',
    breaks: 'a state that was taken over counts as executed here',
    file: 'paxos/checkpoints.js',
    find: 'this.#lineage = lineage;',
    replace: '',
    wishes: { ...HEALING, replicas: 3 },
  },
  {
    name: 'lineage-forgotten',
    breaks: 'a state that was taken over counts as executed here after a restart',
    file: 'node/recovery.js',
    find: 'const lineage = header?.lineage ?? identity.store;',
    replace: 'const lineage = identity.store;',
    wishes: { ...HEALING, replicas: 3 },
  },
];

const BACKED_UP: readonly Mutant[] = [
  {
    name: 'backup-without-a-read-point',
    breaks: 'a backup is of what the replica has, however old that is',
    file: 'node/clients/backup-stream.js',
    find: 'await (stale ? READY : readPoint(service))',
    replace: 'await READY',
    wishes: { profile: 'network' },
  },
  {
    name: 'backup-of-before',
    breaks: 'a backup is the newest snapshot that there is already',
    file: 'node/snapshots/upkeep.js',
    find: 'open(await this.#snapshotter.now())',
    replace: 'open(snapshots.all.at(-1) ?? (await this.#snapshotter.now()))',
    wishes: { profile: 'snapshots' },
  },
];

export const STORAGE: readonly Mutant[] = [...WRITTEN, ...CAUGHT_UP, ...HEALED, ...BACKED_UP];
