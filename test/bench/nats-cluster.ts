/**
 * A NATS cluster with JetStream and a key-value bucket that every server has a replica of, for comparison. The bucket is on disk,
 * and made as client libraries make one; by default NATS syncs its files every two minutes, so an acknowledged write is in the
 * memory of a majority. Started only when the program is installed (Debian: nats-server).
 */
import { connect } from 'node:net';
import { messageOf } from '#src/base/errors.js';
import { freePorts } from '../cluster/free-ports.js';
import { until } from '../cluster/until.js';
import type { Address } from './load.js';
import { type Command, Members } from './members.js';
import { NatsConversation, natsBucket, natsStream } from './nats-wire.js';
import type { Rival } from './rival.js';

const host = '127.0.0.1';
const replyMs = 5000;

const bucket = {
  name: natsStream,
  subjects: [`$KV.${natsBucket}.>`],
  storage: 'file',
  retention: 'limits',
  discard: 'new',
  max_msgs_per_subject: 1,
  allow_direct: true,
  allow_rollup_hdrs: true,
  deny_delete: true,
};

/** `parent` is the directory in which the data goes. */
export async function startNats(parent: string, count = 3): Promise<Rival> {
  const ports = await freePorts(count * 2);
  const routes = ports.slice(count).map((port) => `nats://${host}:${port}`);
  const all = ports.slice(0, count).map((port) => ({ host, port }));
  const members = await Members.start(parent, 'nats', (directory) =>
    all.map(({ port }, i): Command => {
      const args = ['-a', host, '-p', String(port), '-n', `m${i}`, '-js', '-sd', `${directory}/m${i}`];
      args.push('--cluster_name', 'bench', '--cluster', routes[i] ?? '', '--routes', routes.join(','));
      return { program: 'nats-server', args };
    }),
  );
  const [first = { host, port: 0 }] = all;
  const create = JSON.stringify({ ...bucket, num_replicas: count });
  const made = (): Promise<unknown> => answered(first, `$JS.API.STREAM.CREATE.${natsStream}`, create);
  await members.serving(until('NATS to make a bucket', made));
  return {
    name: 'nats',
    wire: 'nats',
    all,
    leader: () => until('a leader of the bucket', () => leaderOf(all), 20_000),
    pids: () => members.pids,
    commandLine: members.commandLine,
    stop: () => members.stop(),
  };
}

interface Answer {
  readonly error?: unknown;
  readonly cluster?: { readonly leader?: string };
}

/** Undefined as long as the servers are not ready for it. */
async function answered(address: Address, subject: string, payload: string): Promise<Answer | undefined> {
  const answer = await ask(address, subject, payload);
  return answer.error === undefined ? answer : undefined;
}

async function leaderOf(all: readonly Address[]): Promise<Address | undefined> {
  const [first] = all;
  if (first === undefined) return undefined;
  const info = await answered(first, `$JS.API.STREAM.INFO.${natsStream}`, '');
  return all.find((_, i) => info?.cluster?.leader === `m${i}`);
}

/** One request on a connection of its own; rejects when there is no answer in JSON. */
function ask(address: Address, subject: string, payload: string): Promise<Answer> {
  const conversation = new NatsConversation();
  return new Promise((resolve, reject) => {
    let heard = '';
    const socket = connect(address, () =>
      socket.write(conversation.opening + conversation.publish(0, subject, payload)),
    );
    const settle = (answer: Answer | Error): void => {
      socket.destroy();
      if (answer instanceof Error) reject(answer);
      else resolve(answer);
    };
    socket.setTimeout(replyMs, () => settle(new Error(`${subject}: no answer`)));
    socket.on('error', (error) => settle(new Error(`${subject}: ${messageOf(error)}`, { cause: error })));
    socket.on('data', (bytes) => {
      heard += bytes.toString('latin1');
      const [whole, size = '', rest = ''] = /^H?MSG .* (\d+)\r\n(.*)/ms.exec(heard) ?? [];
      if (whole === undefined || rest.length < Number(size)) return;
      if (rest.startsWith('{')) settle(JSON.parse(rest.slice(0, Number(size))) as Answer);
      else settle(new Error(`${subject}: ${rest.trim()}`));
    });
  });
}
