/**
 * Runs in the thread in which Node loads modules: hands out one built file with a planted bug in it, and leaves everything else
 * alone. See `module.register` in Node's documentation.
 */

import type { InitializeHook, LoadHook } from 'node:module';
import { type Mutant, plant } from './mutant.js';

export interface Planting {
  readonly mutant: Mutant;
  /** Of the file. */
  readonly url: string;
}

let planting: Planting | null = null;

export const initialize: InitializeHook<Planting> = (given) => {
  planting = given;
};

export const load: LoadHook = async (url, context, nextLoad) => {
  const loaded = await nextLoad(url, context);
  if (planting === null || url !== planting.url) return loaded;
  const { source } = loaded;
  if (source === undefined || source === null) throw new Error(`${url} has no source to plant a bug in`);
  const text = typeof source === 'string' ? source : new TextDecoder().decode(source);
  return { ...loaded, source: plant(planting.mutant, text) };
};
