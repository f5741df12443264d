import { type ConnectDeps, type Connected, connectNextHost, type NoHost } from './connect-next-host.ts';
import type { Route } from './route.ts';

/** Ways that lead somewhere. */
export type OpenRoute = Extract<Route, { kind: 'hosts' }>;

/** @returns a connection that can take the route's messages, or why there is none. @throws when `signal` aborted */
export function connectRoute(route: OpenRoute, deps: ConnectDeps, signal: AbortSignal): Promise<Connected | NoHost> {
  return connectNextHost(route.hosts, deps, signal);
}
