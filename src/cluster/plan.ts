/**
 * What each replica of a local cluster is: its ports, its directory and how its daemon is started. Pure, so that the plan can
 * be shown (how to start it by hand) and carried out from one description.
 */

import { join, resolve } from 'node:path';
import { addressText, dialHost, isWildcard } from '../node/host/addresses.js';
import { CLIENT_OFFSET, type ClusterOptions } from './options.js';

/** The banner and whoever asks the replicas dial as the plan does. */

export interface ReplicaPlan {
  /** Its name in the cluster's list, and what its lines are marked with. */
  readonly name: string;
  readonly label: string;
  readonly port: number;
  readonly clientPort: number;
  readonly dataDirectory: string;
  /** Of the daemon. */
  readonly args: readonly string[];
}

export function planReplicas(options: ClusterOptions): readonly ReplicaPlan[] {
  const ports = Array.from({ length: options.replicas }, (_, i) => options.port + i);
  // Replicas are named by where they are dialled, so that opening the cluster to other machines does not rename them.
  const list = ports.map((port) => addressText({ host: dialHost(options.host), port }));
  return ports.map((port, i) => {
    const name = list[i] ?? '';
    const clientPort = port + CLIENT_OFFSET;
    const dataDirectory = join(options.data, String(port));
    const client = addressText({ host: options.host, port: clientPort });
    // What others dial in place of a wildcard is not known here, so that the daemons must not be left to guess.
    const advertised = options.advertise ?? (isWildcard(options.host) ? options.host : undefined);
    const told =
      advertised === undefined ? [] : ['--advertise-client', addressText({ host: advertised, port: clientPort })];
    const own = ['--name', name, '--client', client, ...told, '--data', dataDirectory];
    const args = [addressText({ host: options.host, port }), ...list, ...own, ...options.passedOn];
    return { name, label: String(port), port, clientPort, dataDirectory, args };
  });
}

/** The same for a shell in any directory, without what the daemon would choose by itself. */
export function commandByHand(plan: ReplicaPlan, daemon: string): string {
  const { args } = plan;
  const kept: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const argument = args[i] ?? '';
    const byDefault = defaultOf(plan, argument);
    if (argument === '--data') kept.push(argument, quoted(resolve(args[++i] ?? '')));
    else if (byDefault !== undefined && byDefault === args[i + 1]) i++;
    else kept.push(quoted(argument));
  }
  return `node ${quoted(daemon)} ${kept.join(' ')}`;
}

/** What the daemon takes for an option that is not given. */
function defaultOf({ args, clientPort }: ReplicaPlan, option: string): string | undefined {
  const listen = args[0] ?? '';
  if (option === '--name') return listen;
  return option === '--client' ? `${listen.slice(0, listen.lastIndexOf(':'))}:${clientPort}` : undefined;
}

function quoted(argument: string): string {
  return /^[\w./:=@%+-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}
