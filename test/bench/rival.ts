/**
 * Something the bench can put load on: a running Synod cluster, or a system to compare it with, started for it or there
 * already.
 */
import { connect } from 'node:net';
import type { Address, WireName } from './load.js';

export interface Rival {
  readonly name: string;
  readonly wire: WireName;
  /** Where the member that leads takes clients, asked anew at every call. */
  leader(): Promise<Address>;
  /** Where every member takes clients. */
  readonly all: readonly Address[];
  /** The processes of the members in the same order; none when they were not started here. */
  pids(): readonly number[];
  /** How the first member was started, with DATA for its directory. */
  readonly commandLine: string;
  /** What was executed so far and in how many slots of a log, where that can be asked. */
  readonly progress?: () => Promise<Progress>;
  /** Ends what was started and deletes its data. */
  stop(): Promise<void>;
}

/** Commands that changed something, and decided slots of the log. */
export interface Progress {
  readonly commands: number;
  readonly slots: number;
}

/** Whether anybody takes connections there. */
export function accepts(address: Address): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
