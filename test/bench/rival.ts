/** Something the bench can put load on: a running Synod cluster, etcd cluster or Redis, started for it or there already. */
import type { ChildProcess } from 'node:child_process';
import type { Address, WireName } from './load.js';

export interface Rival {
  readonly name: string;
  readonly wire: WireName;
  /** Where the member that leads takes clients, asked anew at every call. */
  leader(): Promise<Address>;
  /** Where every member takes clients. */
  readonly all: readonly Address[];
  /** Ends what was started and deletes its data. */
  stop(): Promise<void>;
}

/** Ends a process that is ours and waits until it is gone. */
export function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill(signal);
  });
}
