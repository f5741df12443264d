import type { Endpoint } from '../settings/endpoint.ts';
import { outboundSettings } from '../settings/outbound.ts';
import { serverSettings } from '../settings/server.ts';
import { addressesOf } from './host-addresses.ts';
import { later, type Route, type RouteDeps } from './route-answer.ts';
import type { HostAddress } from './transport.ts';

const smtpsPort = 465;

type Deps = Pick<RouteDeps, 'settings' | 'secrets' | 'resolver'>;

export async function toSmarthost(deps: Deps): Promise<Route> {
  const to = deps.settings.get(outboundSettings.smarthost);
  return to === 'none' ? later('4.3.5 the route is a smarthost, and none is set') : toHost(to, deps);
}

/** A host that an operator named: unlike one of the DNS it may be on this machine. */
export async function toHost(to: Endpoint, { settings, secrets, resolver }: Deps): Promise<Route> {
  const password = to.credentials === undefined ? undefined : await secrets.get(to.credentials.secret);
  if (to.credentials !== undefined && password === undefined) return later(`4.3.5 the secret ${to.credentials.secret} is missing`);
  const addresses = await addressesOf(to.host, resolver);
  if (addresses.length === 0) return later(`4.4.4 the smarthost ${to.host} has no address`);
  const { host, port } = to;
  const shared = { host, port, tls: tlsOf(to), preference: 0, ehlo: settings.get(serverSettings.hostname), ...login(to, password) };
  return { kind: 'hosts', hosts: addresses.map((ip) => ({ ...shared, ip })) };
}

/** A password is never sent in the clear, nor to a host that can't show whom it belongs to. */
function tlsOf({ port, credentials }: Endpoint): HostAddress['tls'] {
  if (port === smtpsPort) return 'implicit';
  return credentials === undefined ? 'opportunistic' : 'starttls-required';
}

const login = ({ credentials }: Endpoint, password: string | undefined): Pick<HostAddress, 'credentials'> =>
  credentials === undefined || password === undefined ? {} : { credentials: { user: credentials.user, password } };
