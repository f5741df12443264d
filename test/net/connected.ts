import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import type { IpAddress, Network } from '../../core/values/network.ts';
import type { ClientAddress } from '../../listeners/net/connection.ts';
import { MemoryBudget } from '../../listeners/net/memory-budget.ts';
import { type ConnectionEnvironment, SocketConnection } from '../../listeners/net/socket-connection.ts';
import { selfSigned } from '../../platform/node/certificates.ts';

export const certificate = selfSigned('localhost', Date.now());
export const someone: ClientAddress = { ip: '127.0.0.1' as IpAddress, port: 1, network: '127.0.0.1/32' as Network };

export interface Pair {
  readonly server: SocketConnection;
  readonly client: net.Socket;
  readonly budget: MemoryBudget;
  close(): void;
}

/** A connection of ours and the client's bare socket at its other end. */
export async function connected(budget = new MemoryBudget(1 << 26), handshakeTimeout = 5000): Promise<Pair> {
  const environment: ConnectionEnvironment = {
    budget,
    secureContext: () => tls.createSecureContext({ key: certificate.key, cert: certificate.certificate, minVersion: 'TLSv1.2' }),
    handshakeTimeout: () => handshakeTimeout,
  };
  const listening = net.createServer({ noDelay: true }).listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const client = net.connect((listening.address() as net.AddressInfo).port, '127.0.0.1');
  client.on('error', () => {});
  const [socket] = (await once(listening, 'connection')) as [net.Socket];
  listening.close();
  const server = new SocketConnection(socket, someone, undefined, environment);
  return {
    server,
    client,
    budget,
    close: () => {
      server.destroy();
      client.destroy();
    },
  };
}

/** All that a socket is sent until it ends. */
export async function readAll(socket: net.Socket): Promise<string> {
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
  });
  await once(socket, 'close');
  return text;
}

export async function until(condition: () => boolean, what: string, deadline = 10_000): Promise<void> {
  for (const end = Date.now() + deadline; !condition(); ) {
    if (Date.now() > end) throw new Error(`never came true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
