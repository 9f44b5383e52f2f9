/** What is in a snapshot, in lines for a person. */

import { sizeText } from '../../base/size-text.js';
import type { SnapshotInfo } from '../../store/snapshot-reader.js';

const LABEL = 14;

/** A label and what it labels, as every line of `synod inspect` begins. */
export function labelled(label: string, text: string): string {
  return `  ${label.padEnd(LABEL)}${text}`;
}

export function describeSnapshot({ slot, bytes, header, digest }: SnapshotInfo): string[] {
  const { cluster, time, keys, bytes: data, sessions, ids, revision, configuration, lineage } = header;
  const seats = configuration?.seats.map(({ name }) => name) ?? [];
  const executor = configuration?.seats.find(({ store }) => store === lineage)?.name ?? `store ${lineage}`;
  return [
    labelled('snapshot', `of the cluster '${cluster}', ${slot === 0 ? 'restored, before slot 1' : `at slot ${slot}`}`),
    labelled(
      'time',
      time === 0 ? 'before the first write' : `${new Date(time).toISOString()}, of the last write in it`,
    ),
    labelled(
      'holds',
      `${keys} keys taking ${sizeText(data)}, revision ${revision}, sessions of ${sessions} ${sessions === 1 ? 'replica' : 'replicas'}`,
    ),
    ...(ids === 0 ? [] : [labelled('remembers', `${ids} ids of ONCE`)]),
    ...(lineage === null ? [] : [labelled('executed by', executor)]),
    ...(seats.length === 0 ? [] : [labelled('replicas', seats.join(', '))]),
    labelled('size', `${bytes} bytes (${sizeText(bytes)})`),
    labelled('digest', digest),
  ];
}
