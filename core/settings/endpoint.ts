import { declare, type Facts } from './declare.ts';
import { isHostname } from './hostname.ts';
import { parseSecretReference } from './secret-reference.ts';
import type { Setting } from './setting.ts';

/** A host to connect to, and how to log in there. */
export interface Endpoint {
  /** A name, or an IP address without brackets. */
  readonly host: string;
  readonly port: number;
  readonly credentials?: EndpointCredentials;
}

export interface EndpointCredentials {
  readonly user: string;
  /** Name of the secret that holds the password (`Secrets.get`). */
  readonly secret: string;
}

const maxUser = 255;

/**
 * `smtp.example.net:587 user@example.net secret:relay`; the port and the credentials may be left out. Empty means none.
 * A fault never repeats the value: what people mistype here may be a password.
 */
export const endpoint = (name: string, facts: Facts<Endpoint | 'none'> & { readonly defaultPort: number }): Setting<Endpoint | 'none'> =>
  declare<Endpoint | 'none'>('endpoint', name, facts, {
    allowed: 'host:port, and to log in there: a user and secret:<name>; or none',
    read: (value) => (value === '' || value === 'none' ? 'none' : parseEndpoint(value, facts.defaultPort)),
    format: (value) => (value === 'none' ? 'none' : formatEndpoint(value)),
    tellable: false,
  });

/** @returns undefined when the text is no host with or without a port and credentials */
export function parseEndpoint(value: string, defaultPort: number): Endpoint | undefined {
  const [where = '', user, reference, ...rest] = value.split(/\s+/);
  const place = readHostPort(where, defaultPort);
  if (place === undefined || rest.length > 0) return undefined;
  if (user === undefined) return place;
  const secret = parseSecretReference(reference ?? '');
  return secret === undefined || user.length > maxUser ? undefined : { ...place, credentials: { user, secret } };
}

function readHostPort(where: string, defaultPort: number): Endpoint | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([0-9A-Fa-f:.]{2,45})\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(where) ?? [];
  const host = bracketed ?? plain;
  const port = digits === undefined ? defaultPort : Number(digits);
  if (host === undefined || port < 1 || port > 65_535) return undefined;
  return bracketed !== undefined || isHostname(host) ? { host, port } : undefined;
}

export function formatEndpoint({ host, port, credentials }: Endpoint): string {
  const where = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return credentials === undefined ? where : `${where} ${credentials.user} secret:${credentials.secret}`;
}
