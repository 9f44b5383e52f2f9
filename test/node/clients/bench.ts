// A client port on a bench: a clock that stands still, a service that decides nothing, connections that a test holds both
// ends of.

import { ClientPort } from '#src/node/clients/client-port.js';
import type { Limits } from '#src/node/settings.js';
import { ManualClock } from '../origin/manual-clock.js';
import { LogBook } from '../support/log-book.js';
import { FakeConnection } from './fake-connection.js';
import { FakeService } from './fake-service.js';

export const LIMITS: Limits = {
  keyBytes: 1_024,
  valueBytes: 1024 * 1024,
  requestBytes: 4 * 1024 * 1024,
  connections: 20_000,
  outputBytes: 64 * 1024 * 1024,
  dataBytes: 1024 * 1024 * 1024,
};

export class ClientBench {
  readonly clock = new ManualClock();
  readonly service = new FakeService();
  readonly logger = new LogBook();
  readonly port: ClientPort;

  constructor(limits: Partial<Limits> = {}) {
    this.port = new ClientPort({
      clock: this.clock,
      logger: this.logger,
      service: this.service,
      limits: { ...LIMITS, ...limits },
      requestTimeoutMs: 5_000,
    });
  }

  connect(): FakeConnection {
    const connection = new FakeConnection();
    connection.events = this.port.accept(connection);
    return connection;
  }

  /** The client sends, everything is done that it asks for, and this is what it gets. */
  ask(client: FakeConnection, text: string): string {
    client.send(text);
    return this.run(client);
  }

  /** Does everything that is asked for until nothing more happens; what the client got. */
  run(client: FakeConnection): string {
    let got = '';
    for (let before = -1; before !== got.length + this.service.asked.length; ) {
      before = got.length + this.service.asked.length;
      this.clock.settle();
      this.service.finishAll();
      this.clock.settle();
      client.drained();
      got += client.received();
    }
    return got;
  }
}
