/**
 * STATUS for a person (a table and sentences, plain text that fits 100 columns) and for a program (JSON, one line). What stands
 * in it is decided by `ClusterStatus`; here is only how it looks.
 */

import { sizeText } from '../../base/size-text.js';
import { ballotText } from '../../paxos/ballot.js';
import { inWords } from '../../paxos/message.js';
import { byClaim } from '../../paxos/ranking.js';
import type { ClusterStatus, FullStatus, ReplicaStatus } from '../service.js';
import { type Column, textTable } from './text-table.js';

const WIDTH = 100;

const COLUMNS: readonly Column[] = [
  { title: 'replica', align: 'left', least: 24 },
  { title: 'role', align: 'left' },
  { title: 'priority', align: 'right' },
  { title: 'ballot', align: 'left', least: 8 },
  { title: 'applied', align: 'right' },
  { title: 'lag', align: 'right' },
  { title: 'heard', align: 'right' },
  { title: 'clients at', align: 'left', least: 12 },
];

const UNKNOWN = '-';

export function statusText(status: FullStatus): string {
  const lines = textTable(COLUMNS, status.replicas.map(cells), WIDTH);
  const notes = status.replicas.flatMap((replica) => notesOn(replica, status));
  const sentences = [status.waiting, losses(status), ...healing(status), contents(status)];
  return [...lines, '* answers here', '', ...notes, ...sentences].flatMap((line) => wrapped(line)).join('\n');
}

/** ASCII: what is above is escaped, so that it is the same in every syntax. */
export function statusJson(status: FullStatus): string {
  return JSON.stringify(status).replace(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function cells(replica: ReplicaStatus): string[] {
  return [
    replica.self ? `${replica.name} *` : replica.name,
    replica.role,
    replica.priority === null ? UNKNOWN : String(replica.priority),
    replica.ballot === null ? UNKNOWN : ballotText(replica.ballot),
    replica.applied === null ? UNKNOWN : String(replica.applied),
    replica.lagSlots === null ? UNKNOWN : String(replica.lagSlots),
    replica.self ? UNKNOWN : heard(replica.lastHeardMs),
    replica.clientAddress ?? UNKNOWN,
  ];
}

function heard(ms: number | null): string {
  if (ms === null) return 'never';
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  return ms < 3_600_000 ? `${Math.floor(ms / 60_000)} min` : `${Math.floor(ms / 3_600_000)} h`;
}

/** What a person should know of a replica that the table has no column for. */
function notesOn(replica: ReplicaStatus, { leader, replicas }: ClusterStatus): string[] {
  const notes: string[] = [];
  if (!replica.self && !replica.connected) notes.push('is not connected');
  else if (!replica.self && !replica.contact) notes.push('is connected but does not answer');
  if (replica.role === 'learner') notes.push('has a store that does not vote');
  if (replica.ineligible !== null && (replica.self || replica.contact)) {
    notes.push(`may not lead (${inWords(replica.ineligible)})`);
  }
  // Of one that would not lead anyway it changes nothing for anybody.
  const leading = replicas.find(({ name }) => name === leader);
  if (!replica.steady && leading !== undefined && outranks(replica, leading)) notes.push('was in trouble lately');
  const sentences = notes.length === 0 ? [] : [`${replica.name} ${listed(notes)}.`];
  if (refusesWrites(replica)) sentences.push(`Writes through ${replica.name} are refused (BUSY): its disk is full.`);
  return sentences;
}

/** `a`, `a and b`, `a, b and c`. */
function listed(parts: readonly string[]): string {
  const last = parts.at(-1) ?? '';
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} and ${last}`;
}

function refusesWrites({ self, contact, ineligible }: ReplicaStatus): boolean {
  return ineligible === 'disk-full' && (self || contact);
}

function outranks({ name, priority }: ReplicaStatus, leading: ReplicaStatus): boolean {
  return priority !== null && byClaim({ name, priority }, { name: leading.name, priority: leading.priority ?? 0 }) < 0;
}

function losses({ leader, spare, replicas }: ClusterStatus): string {
  if (leader === null) return 'Without a leader writes and reads wait; READONLY reads what this replica has.';
  if (replicas.length === 1) return 'Everything works, but there is no other replica.';
  if (spare <= 0) return 'The cluster works, but the loss of one more replica that votes would stop it.';
  const what = replicas.some(refusesWrites) ? 'The cluster' : 'Everything';
  return `${what} works, and would with ${spare} ${spare === 1 ? 'replica' : 'replicas'} less.`;
}

/** What this replica lacks, and how it comes to an end. */
function healing({ name, faultySlots, lost, diverged, catchingUp, replicas }: FullStatus): string[] {
  const sentences: string[] = [];
  if (catchingUp !== null) {
    const { from, slot, have, size } = catchingUp;
    const done = `${sizeText(have)} of ${sizeText(size)}`;
    sentences.push(`${name} gets the snapshot of slot ${slot} from ${from}: ${done} are here.`);
  }
  if (lost !== null) {
    const whom = lost.waitsFor.length === 0 ? 'it knows from the others' : `${lost.waitsFor.join(' and ')} told it`;
    sentences.push(`The end of the log of ${name} is lost: it does not vote until ${whom} what may have been in it.`);
    const mute = replicas.filter((one) => lost.waitsFor.includes(one.name) && one.ineligible === 'repairing');
    for (const one of mute) {
      sentences.push(
        `${one.name} has lost the end of its own, and cannot tell: see "Two logs lost their ends" in docs/operations.md.`,
      );
    }
  }
  if (faultySlots > 0) {
    const slots = faultySlots === 1 ? '1 slot' : `${faultySlots} slots`;
    sentences.push(`${slots} of the log of ${name} cannot be read, and are healed from the others.`);
  }
  if (diverged)
    sentences.push(`The state of ${name} is not that of the others: it answers no reads until it is rebuilt.`);
  return sentences;
}

function contents({ keys, bytes, revision }: ClusterStatus): string {
  return `${keys} ${keys === 1 ? 'key' : 'keys'} taking ${sizeText(bytes)}, revision ${revision}.`;
}

/** At blanks, where a line is longer than the width. */
function wrapped(line: string): string[] {
  const lines: string[] = [];
  let rest = line;
  while (rest.length > WIDTH) {
    const end = endOfLine(rest);
    lines.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  lines.push(rest);
  return lines;
}

/** Where `line` is broken: what is counted, and a unit, stay on one line with their number. */
function endOfLine(line: string): number {
  const blank = line.lastIndexOf(' ', WIDTH);
  const before = line.lastIndexOf(' ', blank - 1);
  if (before > 0 && /^\d+(\.\d+)?$/.test(line.slice(before + 1, blank))) return before;
  return blank > 0 ? blank : WIDTH;
}
