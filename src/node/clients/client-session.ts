/** What one client has told of itself, and what it has asked for, for as long as its connection lives. */

import type { RespVersion } from '../../wire/resp-reply.js';
import { Transaction } from './transaction.js';

export class ClientSession {
  /** Counted from 1 in this process. */
  readonly id: number;
  /** `host:port` of the client. */
  readonly remote: string;
  /** As CLIENT SETNAME gave it; '' for none. */
  name = '';
  library = { name: '', version: '' };
  resp: RespVersion = 2;
  /** Reads are answered from what this replica has, possibly stale. */
  readsLocally = false;
  readonly transaction = new Transaction();

  constructor(id: number, remote: string) {
    this.id = id;
    this.remote = remote;
  }

  /** As at the start: RESET. */
  reset(): void {
    this.name = '';
    this.resp = 2;
    this.readsLocally = false;
    this.transaction.reset();
  }
}
