/**
 * Which hosts of the cluster's list lead to this machine: the addresses of its interfaces, its own name, and names that
 * resolve to one of them (in a container the name of the service does).
 */

import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';

/** Names that take longer are counted as not local: a start must not wait for a dead name server. */
const PATIENCE_MS = 2_000;

/** Of these hosts, those that are local. */
export async function localHosts(hosts: readonly string[]): Promise<ReadonlySet<string>> {
  const own = new Set(
    Object.values(networkInterfaces()).flatMap((interfaces) => (interfaces ?? []).map(({ address }) => address)),
  );
  const named = await Promise.all(hosts.map(async (host) => ((await leadsTo(host, own)) ? [host] : [])));
  return new Set(named.flat());
}

async function leadsTo(host: string, own: ReadonlySet<string>): Promise<boolean> {
  if (isIP(host) !== 0) return own.has(host) || /^127\./.test(host);
  if (host === 'localhost' || host === hostname().toLowerCase()) return true;
  const tooLate = new Promise<readonly { readonly address: string }[]>((resolve) => {
    setTimeout(resolve, PATIENCE_MS, []).unref();
  });
  // A name that does not resolve now may do so later; it is then dialled, and is somebody else.
  const found = await Promise.race([lookup(host, { all: true }).catch(() => []), tooLate]);
  return found.some(({ address }) => own.has(address));
}
