import { type ConnectDeps, type Connected, connectNextHost, type NoHost } from './connect-next-host.ts';
import type { OpenRoute } from './route.ts';
import type { SendingService } from './sending-service.ts';
import { ConnectFailed } from './transport.ts';

export type { OpenRoute } from './route.ts';

/** @returns a connection that can take the route's messages, or why there is none. @throws when `signal` aborted */
export async function connectRoute(route: OpenRoute, deps: ConnectDeps, signal: AbortSignal): Promise<Connected | NoHost> {
  if (route.kind === 'service') return connectService(route.service, signal);
  const answer = await connectNextHost(route.hosts, deps, signal);
  if (route.tested !== undefined && answer.connected && answer.connection.verified === false) {
    const reason = 'no TLS with a certificate that names it';
    deps.log.event('mta-sts-would-refuse', { domain: route.tested, hosts: answer.to.host, reason });
  }
  return answer;
}

async function connectService(service: SendingService, signal: AbortSignal): Promise<Connected | NoHost> {
  try {
    const connection = await service.connect(signal);
    return { connected: true, to: { host: service.host }, connection, close: () => connection.quit() };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof ConnectFailed)) throw error;
    return { connected: false, failures: [], reason: `4.3.5 ${service.host}: ${error.message}` };
  }
}
