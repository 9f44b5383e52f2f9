// Clients over the real origin and state machine, with a driver that decides late and twice and grants reads when it likes. Each
// client has keys of its own, so that its replies must be those of a plain map that is given its commands one by one: a read
// that saw a later write, or missed an earlier one, would differ.

import { expect } from 'chai';
import fc from 'fast-check';
import { slot } from '#src/base/ids.js';
import { StateMachine } from '#src/kv/state-machine.js';
import { ClientPort } from '#src/node/clients/client-port.js';
import { Origin, type OriginDriver } from '#src/node/origin/origin.js';
import type { Service } from '#src/node/service.js';
import type { Parcel } from '#src/paxos/session.js';
import { batch, decided, sessionOf } from '../../kv/values.js';
import { ManualClock } from '../origin/manual-clock.js';
import { LogBook } from '../support/log-book.js';
import { LIMITS } from './bench.js';
import { FakeConnection } from './fake-connection.js';
import { FakeService } from './fake-service.js';

class WholeWay implements OriginDriver {
  readonly clock = new ManualClock();
  readonly machine = new StateMachine();
  readonly origin: Origin;
  readonly port: ClientPort;
  readonly #proposed: Parcel[] = [];
  #asked = 0;

  constructor({ dataBytes = LIMITS.dataBytes, queueBytes = 4_000 } = {}) {
    const common = { clock: this.clock, requestTimeoutMs: 1e9 };
    const { machine } = this;
    this.origin = new Origin({ ...common, machine, driver: this, isDistrusted: () => false, queueBytes });
    this.origin.begin(sessionOf('a'));
    const limits = { ...LIMITS, dataBytes, outputBytes: queueBytes };
    this.port = new ClientPort({ ...common, logger: new LogBook(), service: this.#service(), limits });
  }

  connect(): FakeConnection {
    const connection = new FakeConnection();
    connection.events = this.port.accept(connection);
    return connection;
  }

  canForward(): boolean {
    return true;
  }

  propose(parcel: Parcel): void {
    this.#proposed.push(parcel);
  }

  askRead(id: number): void {
    this.#asked = id;
  }

  flushWanted(): void {
    this.clock.endOfTurn(() => this.origin.flush());
  }

  /** Commands that are numbered and not decided. */
  get proposed(): number {
    return this.#proposed.reduce((sum, { count }) => sum + count, 0);
  }

  /** The next parcel is decided, and after it again, as when two leaders proposed it. */
  decide(): void {
    const parcel = this.#proposed.shift();
    if (parcel === undefined) return;
    for (const each of decided(this.machine.applied + 1, batch(1, parcel), batch(1, parcel))) {
      this.origin.apply(each);
      this.origin.answer();
    }
  }

  /** Reads are granted, at a slot that is still to be applied or is already. */
  grant(ahead: number): void {
    this.origin.granted({
      upTo: this.#asked,
      slot: slot(this.machine.applied + (this.#proposed.length > 0 ? ahead : 0)),
    });
  }

  /** The origin's half of the service, and the fake's for the rest. */
  #service(): Service {
    const { origin, machine } = this;
    const rest = new FakeService();
    return {
      name: rest.name,
      machine,
      time: 0,
      write: (command, load, done) => origin.write(command, load, done),
      underWay: origin.underWay,
      read: (done) => origin.read(done),
      get congested() {
        return origin.congested;
      },
      whenRoom: (resume) => origin.whenRoom(resume),
      distrusted: false,
      status: () => rest.status(),
      measureLoop: () => rest.measureLoop(),
      leader: () => rest.leader(),
      drain: (on) => rest.drain(on),
      backup: () => rest.backup(),
    };
  }
}

/** What a plain map answers. */
function plain(map: Map<string, string>, line: string): string {
  const [name, key = '', value = ''] = line.split(' ');
  if (name === 'PUT') {
    map.set(key, value);
    return 'OK';
  }
  if (name === 'GET') return map.get(key) ?? '(nil)';
  if (name === 'EXISTS') return `(integer) ${map.has(key) ? 1 : 0}`;
  return name === 'DELETE' ? `(integer) ${map.delete(key) ? 1 : 0}` : '+PONG';
}

const CLIENTS = 3;

describe('client port, origin and state machine together', () => {
  const name = fc.constantFrom('PUT', 'PUT', 'GET', 'GET', 'DELETE', 'EXISTS', 'PING');
  const act = fc.oneof(
    fc.record({ what: fc.constant('send'), client: fc.nat(CLIENTS - 1), names: fc.array(name, { maxLength: 8 }) }),
    fc.record({ what: fc.constantFrom('turn', 'decide', 'decide', 'grant', 'take'), client: fc.nat(CLIENTS - 1) }),
  );

  it('answers each client as a plain map would that it had to itself', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 150 }), (acts) => {
        const whole = new WholeWay();
        const clients = Array.from({ length: CLIENTS }, () => whole.connect());
        const maps = clients.map(() => new Map<string, string>());
        const expected = clients.map(() => '');
        let unique = 0;
        for (const { client: index, what, ...more } of acts) {
          const client = clients[index];
          const map = maps[index];
          if (client === undefined || map === undefined) continue;
          if (what === 'send' && 'names' in more) {
            const keys = [`x${index}`, `y${index}`];
            const lines = more.names.map((each) => {
              const key = keys[unique % 2];
              if (each === 'PING') return each;
              return each === 'PUT' ? `PUT ${key} v${unique++}` : `${each} ${key}`;
            });
            expected[index] += lines.map((line) => `${plain(map, line)}\r\n`).join('');
            client.reads = index > 0;
            client.send(lines.map((line) => `${line}\n`).join(''));
          } else if (what === 'turn') whole.clock.turn();
          else if (what === 'decide') whole.decide();
          else if (what === 'grant') whole.grant(index);
          else client.take();
        }
        for (let i = 0; i < 3_000; i++) {
          whole.clock.turn();
          whole.decide();
          whole.grant(0);
          for (const client of clients) client.take();
        }
        expect(clients.map((client) => client.received())).to.deep.equal(expected);
      }),
      { numRuns: 100 },
    );
  });
});

/** Short commands that make values long, or copy them, all sent before the first of them is executed. */
describe('client port, origin and state machine together, under short commands that cost much', () => {
  const MIB = 1024 * 1024;

  /**
   * The origin numbers and has decided as much as it likes, again and again; the most that one decision has executed, and
   * all answers.
   */
  function answered(whole: WholeWay, text: string): { readonly most: number; readonly lines: readonly string[] } {
    const client = whole.connect();
    client.send(text);
    let most = 0;
    let got = '';
    for (let turn = 0; turn < 3_000; turn++) {
      whole.clock.turn();
      most = Math.max(most, whole.proposed);
      while (whole.proposed > 0) whole.decide();
      whole.grant(0);
      client.drained();
      got += client.received();
    }
    return { most, lines: got.split('\r\n').slice(0, -1) };
  }

  it('keeps the limit on data against what is under way', () => {
    const whole = new WholeWay({ dataBytes: 16 * MIB, queueBytes: 8 * MIB });
    const asked = Array.from({ length: 100 }, (_, i) => `SETRANGE k${i} 1000000 x\n`).join('');
    const { lines } = answered(whole, asked);
    expect(lines.filter((line) => line === '(integer) 1000001')).to.have.length(16);
    expect(lines.filter((line) => line.startsWith('ERROR BUSY'))).to.have.length(84);
    expect(whole.machine.bytes).to.be.lessThan(16 * MIB);
    expect(answered(whole, 'SETRANGE k0 5 y\nDELETE k1\nSETRANGE k1 900000 x\n').lines).to.deep.equal([
      '(integer) 1000001',
      '(integer) 1',
      '(integer) 900001',
    ]);
  });

  it('has few under way at a time that copy what was made long before them', () => {
    const whole = new WholeWay({ queueBytes: 8 * MIB });
    const { most, lines } = answered(whole, `SETRANGE big 1000000 x\n${'APPEND big x\n'.repeat(100)}`);
    expect(lines.at(-1)).to.equal('(integer) 1000101');
    expect(most).to.be.within(2, 10);
  });

  it('knows that a value may be another key’s by then', () => {
    const whole = new WholeWay({ queueBytes: 8 * MIB });
    expect(answered(whole, 'SETRANGE big 1000000 x\n').lines).to.deep.equal(['(integer) 1000001']);
    // Of another client: one waits for what it may be answered before it is read on.
    whole.connect().send('RENAME big other\n');
    const { most, lines } = answered(whole, 'APPEND other x\n'.repeat(100));
    expect(lines.at(-1)).to.equal('(integer) 1000101');
    expect(most).to.be.within(1, 10);
    const { lines: last } = answered(whole, `MULTI\nRENAME other big\n${'APPEND big x\n'.repeat(100)}EXEC\n`);
    expect(last.at(-1)).to.match(/^ERROR EXECABORT .*TOOLARGE it copies values/);
  });

  it('does no transaction that would copy it too often', () => {
    const whole = new WholeWay({ queueBytes: 8 * MIB });
    const { lines } = answered(whole, `SETRANGE big 1000000 x\nMULTI\n${'APPEND big x\n'.repeat(100)}EXEC\n`);
    expect(lines.at(-1)).to.match(/^ERROR EXECABORT .*TOOLARGE it copies values of \d+ bytes/);
    expect(whole.machine.get('big')).to.include({ valueBytes: 1_000_001 });
  });
});
