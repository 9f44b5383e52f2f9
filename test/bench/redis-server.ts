/**
 * One Redis that syncs its append-only file before it answers, for comparison: no replication at all, so it is a measure of
 * what a single durable process costs. Started only when the program is installed (Debian: redis-server).
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePorts } from '../cluster/free-ports.js';
import { until } from '../cluster/until.js';
import type { Address } from './load.js';
import { end, type Rival } from './rival.js';

export const redisInstalled = (): boolean => spawnSync('redis-server', ['--version']).status === 0;

export async function startRedis(parent: string): Promise<Rival> {
  const directory = await mkdtemp(join(parent, 'bench-redis-'));
  const [port = 0] = await freePorts(1);
  const address = { host: '127.0.0.1', port };
  const flags = ['--port', String(port), '--bind', address.host, '--dir', directory, '--save', ''];
  flags.push('--appendonly', 'yes', '--appendfsync', 'always');
  const child = spawn('redis-server', flags, { stdio: 'ignore' });
  await until('Redis to accept clients', () => accepts(address));
  return {
    name: 'redis',
    wire: 'resp',
    all: [address],
    leader: () => Promise.resolve(address),
    async stop(): Promise<void> {
      await end(child, 'SIGKILL');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function accepts(address: Address): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
