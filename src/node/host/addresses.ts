/**
 * Addresses as people write them: `host:port`, `[::1]:port`, and in the cluster's list `name=host:port`. Only the text is
 * looked at here; nothing is resolved, so a host that does not exist is found at the first dial and not at the start.
 */

import { isIP, isIPv4, isIPv6 } from 'node:net';
import { type ReplicaName, replicaName } from '../../base/ids.js';
import type { Address } from '../settings.js';
import { UsageError } from './usage-error.js';

const MAX_PORT = 65_535;
const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?$/;
const REPLICA_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** An entry of the cluster's list; the name is its `host:port` unless it was given one. */
export interface Entry extends Address {
  readonly name: ReplicaName;
}

/** Reads `host:port`; `what` begins the complaint (`--client`). Throws UsageError. */
export function parseAddress(text: string, what: string): Address {
  const match = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(text);
  if (!match) throw new UsageError(`${what}: '${text}' is not host:port, such as 127.0.0.1:8000 or [::1]:8000`);
  const [, bracketed, plain = '', digits = ''] = match;
  const port = Number(digits);
  if (port < 1 || port > MAX_PORT) throw new UsageError(`${what}: port ${digits} is not between 1 and ${MAX_PORT}`);
  if (bracketed === undefined) return { host: parseHost(plain, text, what), port };
  if (!isIPv6(bracketed)) throw new UsageError(`${what}: '[${bracketed}]' is not an IPv6 address`);
  return { host: bracketed.toLowerCase(), port };
}

function parseHost(host: string, text: string, what: string): string {
  const lower = host.toLowerCase();
  // Digits and dots alone would be looked up as a name, and the mistake would show much later.
  const fine = /^[\d.]+$/.test(lower) ? isIPv4(lower) : HOST_NAME.test(lower);
  if (!fine) throw new UsageError(`${what}: '${host}' in '${text}' is not a host name or address`);
  return lower;
}

/** Reads `[name=]host:port`. Throws UsageError. */
export function parseEntry(text: string, what: string): Entry {
  const at = text.indexOf('=');
  const address = parseAddress(text.slice(at + 1), what);
  if (at === -1) return { name: replicaName(addressText(address)), ...address };
  return { name: parseName(text.slice(0, at), what), ...address };
}

/** A name somebody gave a replica. Throws UsageError. */
export function parseName(text: string, what: string): ReplicaName {
  if (REPLICA_NAME.test(text)) return replicaName(text);
  throw new UsageError(`${what}: '${text}' is not a name: letters, digits, '.', '_' and '-', at most 64`);
}

/** The name of an entry, which may be its `host:port`. Throws UsageError. */
export function parseEntryName(text: string, what: string): ReplicaName {
  return text.includes(':') ? replicaName(addressText(parseAddress(text, what))) : parseName(text, what);
}

/** `host:port`, an IPv6 host in brackets. */
export function addressText({ host, port }: Address): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

/** Stands for every interface: one listens on it and nobody can dial it. */
export function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

/** Whoever listens on a wildcard is dialled on the loopback interface. */
export function dialHost(host: string): string {
  if (!isWildcard(host)) return host;
  return host === '::' ? '::1' : '127.0.0.1';
}

/** Reached only from this machine. */
export function isLoopback(host: string): boolean {
  if (isIP(host) === 0) return host === 'localhost' || host.endsWith('.localhost');
  return host === '::1' || /^(::ffff:)?127\./.test(host);
}
