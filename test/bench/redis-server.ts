/**
 * One Redis that syncs its append-only file before it answers, for comparison: no replication at all, so it is a measure of
 * what a single durable process costs. Started only when the program is installed (Debian: redis-server).
 */
import { freePorts } from '../cluster/free-ports.js';
import { until } from '../cluster/until.js';
import { Members } from './members.js';
import { accepts, type Rival } from './rival.js';

/** `parent` is the directory in which the data goes. */
export async function startRedis(parent: string): Promise<Rival> {
  const [port = 0] = await freePorts(1);
  const address = { host: '127.0.0.1', port };
  const members = await Members.start(parent, 'redis', (directory) => {
    const args = ['--port', String(port), '--bind', address.host, '--dir', directory, '--save', ''];
    return [{ program: 'redis-server', args: [...args, '--appendonly', 'yes', '--appendfsync', 'always'] }];
  });
  await members.serving(until('Redis to accept clients', () => accepts(address)));
  return {
    name: 'redis',
    wire: 'resp',
    all: [address],
    leader: () => Promise.resolve(address),
    pids: () => members.pids,
    commandLine: members.commandLine,
    stop: () => members.stop(),
  };
}
