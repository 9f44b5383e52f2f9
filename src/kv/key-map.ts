/**
 * A map from keys to what they hold, for access by key among millions. One Map would stop the world each time it grows (100 ms at
 * a million keys), so the keys are spread over some small ones, each of which grows in a millisecond or two. A tree instead
 * compares with a dozen keys all over memory in each search: that was the most expensive step of a put.
 */

import { must } from '../base/assert.js';

/** A power of two. A million keys are 16,000 in each; with many more the shards themselves would be out of the cache. */
const SHARDS = 64;

/** Characters of a key that choose its shard; where it is longer, half of them from either end. */
const HASHED = 64;

export class KeyMap<V> {
  readonly #shards: readonly Map<string, V>[] = Array.from({ length: SHARDS }, () => new Map<string, V>());
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: string): V | undefined {
    return this.#shardOf(key).get(key);
  }

  set(key: string, value: V): void {
    const shard = this.#shardOf(key);
    const before = shard.size;
    shard.set(key, value);
    this.#size += shard.size - before;
  }

  delete(key: string): void {
    if (this.#shardOf(key).delete(key)) this.#size--;
  }

  #shardOf(key: string): Map<string, V> {
    return must(this.#shards[hash(key) & (SHARDS - 1)], 'the shard of a key');
  }
}

/** FNV-1a; its upper bits are folded into the lower ones, which are too regular alone. */
function hash(key: string): number {
  const { length } = key;
  let code = length;
  for (let at = 0; at < length; at++) {
    if (at === HASHED / 2 && length > HASHED) at = length - HASHED / 2;
    code = Math.imul(code ^ key.charCodeAt(at), 0x01000193);
  }
  return code ^ (code >>> 15);
}
