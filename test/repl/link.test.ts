// The way to one of several replicas: which is asked, what is told of it, and that a change of mind counts at once.
import { createServer, type Server } from 'node:net';
import { expect } from 'chai';
import { must } from '#src/base/assert.js';
import { ReplyLost } from '#src/repl/connection.js';
import { Link, Unreachable } from '#src/repl/link.js';
import { error, FakeReplicas, OK } from './fake-replica.js';

const NEVER = new AbortController().signal;

describe('the way to a replica', function () {
  this.timeout(20_000);
  const replicas = new FakeReplicas();
  const links: Link[] = [];
  let silent: Server | null = null;

  afterEach(() => {
    replicas.stop();
    for (const link of links.splice(0)) link.drop();
    silent?.close();
    silent = null;
  });

  function linkTo(...addresses: readonly string[]): { link: Link; told: string[] } {
    const told: string[] = [];
    const link = new Link(addresses, { moved: (to) => told.push(`moved ${to}`), lost: () => told.push('lost') });
    links.push(link);
    return { link, told };
  }

  it('stays with the replica that answers, and tells of none but another', async () => {
    const breaking = await replicas.start((request) => (request === 'BREAK' ? 'break' : OK));
    const other = await replicas.start(() => OK);
    const { link, told } = linkTo(breaking.address, other.address);
    await link.send(['PING'], NEVER);
    await link.send(['PING'], NEVER);
    expect(told).to.deep.equal([]);
    const failure: unknown = await link.send(['BREAK'], NEVER).catch((thrown: unknown) => thrown);
    expect(failure).to.be.instanceOf(ReplyLost);
    expect(link.addresses).to.deep.equal([other.address, breaking.address]);
    await link.send(['PING'], NEVER);
    expect(told).to.deep.equal(['lost', `moved ${other.address}`]);
  });

  it('asks replicas that it learned of when those it was given are gone', async () => {
    const first = await replicas.start(() => OK);
    const second = await replicas.start(() => OK);
    const { link } = linkTo(first.address);
    await link.send(['PING'], NEVER);
    link.learn([first.address, second.address]);
    expect(link.addresses).to.deep.equal([first.address, second.address]);
    first.stop();
    // The request may find out before the connection does.
    await link.send(['PING'], NEVER).catch(() => link.send(['PING'], NEVER));
    expect(second.asked).to.deep.equal(['PING']);
  });

  it('takes a replica for the same under another name of this machine', () => {
    const link = new Link(['localhost:9000', '[::1]:9001'], { moved: () => {}, lost: () => {} });
    link.learn(['127.0.0.1:9000', '127.0.0.1:9001', '127.0.0.1:9002', '10.0.0.1:9000']);
    expect(link.addresses).to.deep.equal(['localhost:9000', '[::1]:9001', '127.0.0.1:9002', '10.0.0.1:9000']);
  });

  it('tells what it has to tell to every replica first', async () => {
    const replica = await replicas.start((request) => (request === 'READONLY' ? OK : error('ERR', request)));
    const { link } = linkTo(replica.address);
    link.greeting = [['READONLY']];
    await link.send(['PING'], NEVER);
    link.drop();
    await link.send(['PING'], NEVER);
    expect(replica.asked).to.deep.equal(['READONLY', 'PING', 'READONLY', 'PING']);
  });

  it('ends although it still waits for one that never says a word', async () => {
    const server = createServer();
    silent = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const place = must(server.address(), 'an address');
    const former = await replicas.start(() => OK);
    const { link, told } = linkTo(`127.0.0.1:${typeof place === 'string' ? place : place.port}`, former.address);
    const waiting = link.send(['PING'], NEVER).catch((thrown: unknown) => thrown);
    link.close();
    expect(await waiting).to.be.instanceOf(Unreachable);
    expect(link.connectedTo).to.equal(null);
    expect(told).to.deep.equal([]);
    expect(former.asked).to.deep.equal([]);
  });
});
