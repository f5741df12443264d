import { toDomain, toLiteral } from './direct-route.ts';
import { DnsTemporary } from './resolver.ts';
import { later, never, type OpenRoute, type Route, type RouteDeps } from './route-answer.ts';
import type { RouteChoice } from './route-choice.ts';
import { toHost, toSmarthost } from './smarthost-route.ts';
import { type RoutedMail, wayOf } from './way.ts';

export type { OpenRoute, Route, RouteDeps } from './route-answer.ts';
export type { RoutedMail } from './way.ts';

/** What one domain's rows share may be asked once and kept for the life of a session; it depends on nothing but `mail`. */
export async function routeTo(mail: RoutedMail, deps: RouteDeps): Promise<Route> {
  const way = wayOf(mail, deps.settings);
  if (way === undefined) return later(`4.3.5 ${JSON.stringify(mail.via)} is no way that mail could leave`);
  try {
    const route = await routeBy(way.choice, mail, deps);
    return mail.requireTls === true ? withVerifiedTls(route) : route;
  } catch (error) {
    if (error instanceof DnsTemporary) return later(`4.4.3 ${error.message}`);
    throw error;
  }
}

export const isOpen = (route: Route): route is OpenRoute => route.kind === 'hosts' || route.kind === 'service';

async function routeBy(choice: RouteChoice, mail: RoutedMail, deps: RouteDeps): Promise<Route> {
  switch (choice.to) {
    case 'direct':
      return mail.domain.startsWith('[') ? toLiteral(mail, deps) : toDomain(mail, deps);
    case 'smarthost':
      return toSmarthost(deps);
    case 'host':
      return toHost(choice.host, deps);
    case 'ses':
      return deps.ses === undefined
        ? later('4.3.5 the route is ses, and this process has no client of SES')
        : { kind: 'service', service: deps.ses };
  }
}

/** RFC 8689 section 4.2.1: a service says nothing of how it goes on. */
function withVerifiedTls(route: Route): Route {
  if (route.kind === 'service') return never(`5.7.30 ${route.service.host} can't promise TLS all the way (REQUIRETLS)`);
  if (route.kind !== 'hosts') return route;
  return {
    kind: 'hosts',
    hosts: route.hosts.map((host) => ({ ...host, tls: host.tls === 'implicit' ? 'implicit' : 'starttls-required' })),
  };
}
