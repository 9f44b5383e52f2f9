/**
 * A ZooKeeper ensemble with its own defaults, on this machine, for comparison: every acknowledged write is on a majority's disk.
 * Its limit of 60 connections from one address is lifted, since all clients of the bench come from one. Started only when it is
 * installed with a Java (Debian: zookeeper).
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePorts } from '../cluster/free-ports.js';
import { until } from '../cluster/until.js';
import type { Address } from './load.js';
import { type Command, Members } from './members.js';
import type { Rival } from './rival.js';

const host = '127.0.0.1';
const replyMs = 2000;
/** Its manifest names the other files that it needs. */
export const zooKeeperJar = '/usr/share/java/zookeeper.jar';

/** What stands in every member's file, beside its own directory and port. */
const shared = ['tickTime=2000', 'initLimit=10', 'syncLimit=5', 'maxClientCnxns=0', 'admin.enableServer=false'];

/** `parent` is the directory in which the data goes. */
export async function startZooKeeper(parent: string, count = 3): Promise<Rival> {
  const ports = await freePorts(count * 3);
  const all = ports.slice(0, count).map((port) => ({ host, port }));
  const servers = all.map((_, i) => `server.${i + 1}=${host}:${ports[count + i]}:${ports[2 * count + i]}`);
  const members = await Members.start(parent, 'zookeeper', (directory) =>
    Promise.all(all.map(({ port }, i) => prepare(join(directory, String(i + 1)), i + 1, port, servers))),
  );
  const rival: Rival = {
    name: 'zookeeper',
    wire: 'zookeeper',
    all,
    leader: () => until('a ZooKeeper leader', () => leaderOf(all), 30_000),
    pids: () => members.pids,
    commandLine: `${members.commandLine} # ${[...shared, `clientPort=${ports[0]}`, ...servers].join('; ')}`,
    stop: () => members.stop(),
  };
  await members.serving(rival.leader());
  return rival;
}

/** Writes a member's files and tells how to start it. */
async function prepare(data: string, id: number, port: number, servers: readonly string[]): Promise<Command> {
  await mkdir(data);
  await writeFile(join(data, 'myid'), `${id}\n`);
  const own = [`dataDir=${data}`, `clientPort=${port}`, `clientPortAddress=${host}`];
  const file = join(data, 'zoo.cfg');
  await writeFile(file, [...shared, ...own, ...servers, ''].join('\n'));
  const main = 'org.apache.zookeeper.server.quorum.QuorumPeerMain';
  return { program: 'java', args: ['-cp', zooKeeperJar, main, file] };
}

/** Asks every member what it is; one that has no quorum is neither leader nor follower. */
async function leaderOf(all: readonly Address[]): Promise<Address | undefined> {
  for (const address of all) if (/^Mode: leader$/m.test(await serverOf(address))) return address;
  return undefined;
}

/** The answer to the four letters `srvr`, as far as one comes. */
function serverOf(address: Address): Promise<string> {
  return new Promise((resolve) => {
    let heard = '';
    const socket = connect(address, () => socket.write('srvr'));
    socket.setTimeout(replyMs, () => socket.destroy());
    socket.on('data', (bytes) => {
      heard += bytes.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(heard));
  });
}
