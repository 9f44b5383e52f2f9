/** One change of the store as FOLLOW tells it, and the reply of CHANGES, which has many. */

import { CodedError } from '../base/errors.js';
import { type Reply, readable, readableKey } from '../wire/reply.js';

/** Whoever shows one kind of line of FOLLOW shows the other, too. */

/** Key and value are latin1; the value is '' unless it was put. */
export interface Change {
  readonly revision: number;
  readonly type: 'PUT' | 'DELETE' | 'EXPIRE';
  readonly key: string;
  readonly value: string;
}

export interface Changes {
  /** To be passed as FROM the next time. */
  readonly next: number;
  readonly changes: readonly Change[];
}

/** Throws CodedError when the reply is not one of CHANGES. */
export function changesOf(reply: Reply): Changes {
  const [next, list] = reply.type === 'list' ? reply.items : [];
  if (next?.type !== 'integer' || list?.type !== 'list')
    throw new CodedError('reply', 'a reply that is none of CHANGES');
  return { next: Number(next.value), changes: list.items.map(changeOf) };
}

/** `12 PUT key value`, latin1, in the form in which both can be typed back. */
export function changeLine({ revision, type, key, value }: Change): string {
  return `${revision} ${type} ${readableKey(key)}${type === 'PUT' ? ` ${readable(value)}` : ''}`;
}

function changeOf(item: Reply): Change {
  const [revision, type, key, value] = item.type === 'list' ? item.items : [];
  const kind = type?.type === 'value' ? type.bytes : type?.type === 'status' ? type.text : '';
  if (revision?.type !== 'integer' || key?.type !== 'value' || !isType(kind))
    throw new CodedError('reply', 'a change that is none of CHANGES');
  return {
    revision: Number(revision.value),
    type: kind,
    key: key.bytes,
    value: value?.type === 'value' ? value.bytes : '',
  };
}

function isType(text: string): text is Change['type'] {
  return text === 'PUT' || text === 'DELETE' || text === 'EXPIRE';
}
