import { once } from 'node:events';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { MaildropFault } from '../../../core/collect/maildrop-client.ts';
import type { Resolver } from '../../../core/delivery/resolver.ts';
import { type IpAddress, parseIp } from '../../../core/values/network.ts';
import { quoted } from './reply.ts';

const mostAddresses = 4;

/** Tries the host's addresses one after the other. @param timeout ms for each. @throws MaildropFault */
export async function openSocket(
  { host, port }: { readonly host: string; readonly port: number },
  { resolver, timeout, signal }: { readonly resolver: Pick<Resolver, 'addresses'>; readonly timeout: number; readonly signal: AbortSignal },
): Promise<{ readonly socket: Socket; readonly ip: IpAddress }> {
  const addresses = await addressesOf(host, resolver);
  let last = new MaildropFault('unreachable', `${host} has no address`);
  for (const ip of addresses.slice(0, mostAddresses)) {
    if (signal.aborted) throw new MaildropFault('cut', 'broken off');
    try {
      return { socket: await connected(ip, port, timeout, signal), ip };
    } catch (error) {
      last = new MaildropFault('unreachable', `${host} (${ip} port ${port}): ${messageOf(error)}`, { cause: error });
    }
  }
  throw last;
}

async function addressesOf(host: string, resolver: Pick<Resolver, 'addresses'>): Promise<readonly IpAddress[]> {
  const ip = parseIp(host);
  if (ip !== undefined) return [ip];
  try {
    return await resolver.addresses(host);
  } catch (error) {
    throw new MaildropFault('unreachable', messageOf(error), { cause: error });
  }
}

async function connected(ip: IpAddress, port: number, timeout: number, signal: AbortSignal): Promise<Socket> {
  const socket = connectTcp({ host: ip, port, noDelay: true, keepAlive: true });
  return await within(socket, 'connect', timeout, signal);
}

export interface TlsOptions {
  readonly host: string;
  readonly timeout: number;
  readonly signal: AbortSignal;
  /** Trusted instead of the system's authorities, PEM. */
  readonly ca?: string | undefined;
}

/** TLS over an open connection: a certificate that is not for this host ends it. @throws MaildropFault */
export async function secured(socket: Socket, { host, timeout, signal, ca }: TlsOptions): Promise<TLSSocket> {
  const tls = connectTls({
    socket,
    host, // the name the certificate must have
    ...(isIP(host) === 0 ? { servername: host } : {}), // RFC 6066 section 3: no address there
    ...(ca === undefined ? {} : { ca }),
  });
  try {
    return await within(tls, 'secureConnect', timeout, signal);
  } catch (error) {
    if (error instanceof MaildropFault) throw error;
    throw new MaildropFault('tls', `no TLS with ${host}: ${messageOf(error)}`, { cause: error });
  }
}

/** Waits for the event; when it does not come the socket goes. */
async function within<S extends Socket>(socket: S, event: string, timeout: number, signal: AbortSignal): Promise<S> {
  const late = AbortSignal.timeout(timeout);
  socket.on('error', () => {}); // whoever reads from it looks for errors; when nobody does, they are nobody's business
  try {
    await once(socket, event, { signal: AbortSignal.any([signal, late]) });
    return socket;
  } catch (error) {
    socket.destroy();
    if (signal.aborted) throw new MaildropFault('cut', 'broken off');
    throw late.aborted ? new Error(`no answer within ${Math.round(timeout / 1000)} s`) : error;
  }
}

/** One that TLS gives may quote the server's certificate. */
const messageOf = (error: unknown): string => quoted(error instanceof Error ? error.message : String(error));

const bitsByName: readonly (readonly [name: RegExp, bits: number])[] = [
  [/256|CHACHA20/i, 256],
  [/128/, 128],
];

/** What a trace field tells of the connection. */
export function tlsFacts(tls: TLSSocket): { readonly version: string; readonly cipher: string; readonly bits: number } {
  const { name } = tls.getCipher();
  return { version: tls.getProtocol() ?? 'TLS', cipher: name, bits: bitsByName.find(([pattern]) => pattern.test(name))?.[1] ?? 0 };
}
