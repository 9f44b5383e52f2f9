/**
 * A network namespace for each replica, joined by a bridge: the links between replicas are real ones, and packets are dropped by
 * the kernel, one way or both, while clients, who come from outside, still get through. Needs root and iproute2 and iptables
 * (Linux); where anything is missing or forbidden it says so and takes away what it made.
 */
import { connect } from 'node:net';
import { messageOf } from '#src/base/errors.js';
import type { Home } from '../cluster/local-cluster.js';
import { command } from './command.js';
import { Undo } from './undo.js';
import type { Way, Wiring } from './wires.js';

/** Addresses from the block that is set aside for measurements of networks (RFC 2544). */
const block = '198.18';
const subnets = 256;
/** Nobody listens there: a refusal shows that packets go both ways. */
const probePort = 9;
const probeMs = 3_000;

export class Namespaces implements Wiring {
  readonly how = 'network namespaces';
  readonly homes: readonly Home[];
  readonly #names: readonly string[];
  readonly #undo: Undo;

  private constructor(names: readonly string[], homes: readonly Home[], undo: Undo) {
    this.#names = names;
    this.homes = homes;
    this.#undo = undo;
  }

  /** Or why not. */
  static async make(count: number): Promise<Namespaces | string> {
    if (process.getuid?.() !== 0) return 'only root may make network namespaces';
    const undo = new Undo();
    try {
      const made = await build(count, undo);
      await probe(made);
      return new Namespaces(
        made.map(({ name }) => name),
        made.map(({ name, host }) => ({ host, within: within(name) })),
        undo,
      );
    } catch (error) {
      undo.run();
      return messageOf(error);
    }
  }

  silence(ways: readonly Way[]): Promise<void> {
    return this.#change('-I', ways);
  }

  restore(ways: readonly Way[]): Promise<void> {
    return this.#change('-D', ways);
  }

  dispose(): void {
    this.#undo.run();
  }

  /** At the receiver: what its peer sent is dropped as it comes in. One shell for each receiver, all of them at once. */
  async #change(change: '-I' | '-D', ways: readonly Way[]): Promise<void> {
    await Promise.all(
      this.#names.map(async (name, receiver) => {
        const rules = ways
          .filter(({ to }) => to === receiver)
          .map(({ from }) => `iptables -w ${change} INPUT -s ${this.homes[from]?.host} -j DROP`);
        if (rules.length > 0) await command('ip', 'netns', 'exec', name, 'sh', '-ec', rules.join('\n'));
      }),
    );
  }
}

interface Made {
  readonly name: string;
  readonly host: string;
}

const within = (name: string): readonly string[] => ['ip', 'netns', 'exec', name];

async function build(count: number, undo: Undo): Promise<readonly Made[]> {
  const bridge = `synod${process.pid}`;
  const subnet = `${block}.${process.pid % subnets}`;
  const taken = await command('ip', '-4', 'addr', 'show');
  if (taken.includes(` ${subnet}.`)) throw new Error(`addresses of ${subnet}.0/24 are in use`);
  await command('ip', 'link', 'add', bridge, 'type', 'bridge');
  undo.addCommand('ip', 'link', 'delete', bridge);
  await command('ip', 'addr', 'add', `${subnet}.254/24`, 'dev', bridge);
  await command('ip', 'link', 'set', bridge, 'up');
  const made: Made[] = [];
  for (let i = 0; i < count; i++) {
    const name = `synod-${process.pid}-${i}`;
    const wire = `sy${process.pid}-${i}`;
    const host = `${subnet}.${i + 1}`;
    await command('ip', 'netns', 'add', name);
    undo.addCommand('ip', 'netns', 'delete', name);
    await command('ip', 'link', 'add', wire, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
    // A namespace that is deleted takes its end along only some time later.
    undo.addCommand('ip', 'link', 'delete', wire);
    await command('ip', 'link', 'set', wire, 'master', bridge, 'up');
    await command('ip', '-n', name, 'addr', 'add', `${host}/24`, 'dev', 'eth0');
    await command('ip', '-n', name, 'link', 'set', 'eth0', 'up');
    await command('ip', '-n', name, 'link', 'set', 'lo', 'up');
    await command(...(within(name) as [string, ...string[]]), 'iptables', '-w', '-L', '-n');
    made.push({ name, host });
  }
  return made;
}

/** Packets get through from outside and from one namespace to another: firewalls may have a say in that. */
async function probe(made: readonly Made[]): Promise<void> {
  const [first, second] = made;
  if (first === undefined) return;
  await refused(first.host);
  if (second === undefined) return;
  const script = `
    const socket = require('node:net').connect(${probePort}, '${second.host}');
    socket.on('error', ({ code }) => process.exit(code === 'ECONNREFUSED' ? 0 : 1));
    setTimeout(() => process.exit(1), ${probeMs});`;
  const shell = [...within(first.name), process.execPath, '-e', script];
  await command(shell[0] ?? '', ...shell.slice(1)).catch((error: unknown) => {
    throw new Error('packets do not get from one network namespace to another', { cause: error });
  });
}

function refused(host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: probePort, timeout: probeMs });
    const end = (reached: boolean): void => {
      socket.destroy();
      if (reached) resolve();
      else reject(new Error('packets do not get into a network namespace'));
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', ({ code }: NodeJS.ErrnoException) => end(code === 'ECONNREFUSED'));
  });
}
