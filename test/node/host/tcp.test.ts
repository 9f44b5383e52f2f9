// The port `Net` over real sockets of the loopback interface: half-open connections, back-pressure, what is told at the end of a
// connection, and what failures are called.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { must } from '#src/base/assert.js';
import { CodedError } from '#src/base/errors.js';
import { tcp } from '#src/node/host/tcp.js';
import type { Connection, ConnectionEvents, Listener } from '#src/node/ports.js';
import { freePorts } from '../../cluster/free-ports.js';
import { until } from '../../cluster/until.js';
import { settled } from '../support/virtual-time.js';

/** One side of a connection, with all that it heard. */
class Ear implements ConnectionEvents {
  readonly heard: string[] = [];
  bytes = 0;
  connection: Connection | undefined;

  readonly accept = (connection: Connection): ConnectionEvents => {
    this.connection = connection;
    return this;
  };

  data(bytes: Uint8Array): void {
    this.bytes += bytes.length;
    this.heard.push(`data ${bytes.length > 20 ? '…' : Buffer.from(bytes).toString('latin1')}`);
  }

  ended(): void {
    this.heard.push('ended');
  }

  drained(): void {
    this.heard.push('drained');
  }

  closed(reason: string): void {
    this.heard.push(`closed ${reason}`);
  }
}

/** Writes until the kernel takes no more; returns how many bytes that were. */
async function fill(connection: Connection): Promise<number> {
  const chunk = new Uint8Array(256 * 1024);
  let sent = 0;
  while (connection.buffered === 0) {
    connection.write(chunk);
    sent += chunk.length;
    await settled();
  }
  return sent;
}

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

describe('tcp', () => {
  let listener: Listener;
  let ear: Ear;

  beforeEach(async () => {
    ear = new Ear();
    const [port = 0] = await freePorts(1);
    listener = await tcp.listen('127.0.0.1', port, ear.accept);
  });

  afterEach(async () => {
    ear.connection?.destroy();
    await listener.close();
  });

  async function dialled(): Promise<Ear> {
    const near = new Ear();
    const connection = await tcp.dial('127.0.0.1', listener.port, near.accept);
    expect(connection).to.equal(near.connection);
    await until('the connection to be accepted', () => ear.connection);
    return near;
  }

  it('carries bytes both ways, what is written in one turn in one piece', async () => {
    const near = await dialled();
    near.connection?.write(bytes('one '));
    near.connection?.write(bytes('two'));
    ear.connection?.write(bytes('three'));
    await until('both to hear', () => ear.heard.length > 0 && near.heard.length > 0);
    expect(ear.heard).to.deep.equal(['data one two']);
    expect(near.heard).to.deep.equal(['data three']);
    expect(ear.connection?.remote).to.match(/^127\.0\.0\.1:\d+$/);
    near.connection?.destroy();
  });

  it('bears half-open connections: who has ended still hears the answer', async () => {
    const near = await dialled();
    near.connection?.write(bytes('GET'));
    near.connection?.end();
    await until('the end', () => ear.heard.includes('ended'));
    ear.connection?.write(bytes('green'));
    ear.connection?.end();
    await until('both to close', () => near.heard.at(-1) === 'closed ' && ear.heard.at(-1) === 'closed ');
    expect(near.heard).to.deep.equal(['data green', 'ended', 'closed ']);
    expect(ear.heard).to.deep.equal(['data GET', 'ended', 'closed ']);
  });

  it('tells each side once that the connection is over, and ignores what is written then', async () => {
    const near = await dialled();
    near.connection?.destroy();
    near.connection?.destroy();
    await until('the other side to hear of it', () => ear.heard.includes('ended'));
    ear.connection?.write(bytes('late'));
    ear.connection?.destroy();
    ear.connection?.write(bytes('later'));
    await until('both to close', () => [near, ear].every(({ heard }) => heard.at(-1)?.startsWith('closed')));
    await settled();
    expect(near.heard).to.deep.equal(['closed ']);
    expect(ear.heard.filter((line) => line.startsWith('closed'))).to.have.length(1);
  });

  it('counts what the other side does not take, and tells when it has gone', async () => {
    const socket: Socket = connect(listener.port, '127.0.0.1');
    socket.pause();
    await once(socket, 'connect');
    const connection = await until('the connection to be accepted', () => ear.connection);
    expect(await fill(connection)).to.be.greaterThan(0);
    expect(connection.buffered).to.be.greaterThan(0);
    expect(ear.heard).to.deep.equal([]);
    socket.resume();
    await until('it to be taken', () => ear.heard.includes('drained'));
    expect(connection.buffered).to.equal(0);
    expect(ear.heard).to.deep.equal(['drained']);
    socket.destroy();
  });

  it('holds back a sender while it is paused', async () => {
    const near = await dialled();
    ear.connection?.pause();
    const sent = await fill(must(near.connection, 'the connection dialled'));
    expect(ear.bytes).to.equal(0);
    ear.connection?.resume();
    await until('all to arrive', () => ear.bytes === sent);
    near.connection?.destroy();
  });

  it('stops listening at once, whoever is still connected', async () => {
    const near = await dialled();
    await listener.close();
    const again = await tcp.listen('127.0.0.1', listener.port, ear.accept);
    await again.close();
    near.connection?.destroy();
  });

  it('says what keeps it from listening', async () => {
    const attempts: readonly [host: string, port: number, code: string, told: RegExp][] = [
      ['127.0.0.1', listener.port, 'address-in-use', /: cannot listen: 127\.0\.0\.1:\d+ is in use$/],
      ['192.0.2.1', listener.port, 'address-not-available', /192\.0\.2\.1:\d+ is not an address of this machine$/],
      ['no-such-host.invalid', listener.port, 'unknown-host', /no-such-host\.invalid:\d+ has an? (unknown )?host name/],
    ];
    for (const [host, port, code, told] of attempts) {
      const failure = await tcp.listen(host, port, ear.accept).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(failure, host).to.be.instanceOf(CodedError).and.to.have.property('code', code);
      expect(String(failure)).to.match(told);
    }
  });

  it('says what keeps it from dialling', async () => {
    const [closed = 0] = await freePorts(1);
    const failure = await tcp.dial('127.0.0.1', closed, new Ear().accept).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).to.be.instanceOf(CodedError).and.to.include({ code: 'connection-refused' });
    expect(String(failure)).to.contain(`127.0.0.1:${closed} refuses connections`);
  });

  it('dials this machine where a wildcard is listed', async () => {
    const near = new Ear();
    await tcp.dial('0.0.0.0', listener.port, near.accept);
    near.connection?.destroy();
  });
});
