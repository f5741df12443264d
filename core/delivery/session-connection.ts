import type { EventLog } from '../observe/event-log.ts';
import type { Clock } from '../values/clock.ts';
import type { ConnectDeps, Connected, NoHost } from './connect-next-host.ts';
import { connectRoute } from './connect-route.ts';
import { hopOf, type KnownUnreachableDeps, knownUnreachable } from './known-unreachable.ts';
import { isOpen, type OpenRoute, type Route, type RouteDeps, type RoutedMail, routeTo } from './route.ts';
import type { Attempt } from './spool.ts';
import type { HostAddress } from './transport.ts';

export interface ConnectionDeps extends RouteDeps, ConnectDeps, KnownUnreachableDeps {
  readonly clock: Clock;
  readonly log: EventLog;
}

/** Why a way leads nowhere just now. */
export interface Unreachable {
  readonly reason: string;
  /** No later attempt can end otherwise. */
  readonly never: boolean;
  /** Undefined: nobody was asked, nothing was tried. */
  readonly attempt: Attempt | undefined;
  /** ms since the epoch: before then nothing will have changed. */
  readonly retryAt?: number | undefined;
  readonly isFull?: boolean | undefined;
  /** It is said of the domain, whatever way its mail goes: other domains may go the same one. */
  readonly ofDomain?: boolean | undefined;
}

const routeFor = 5 * 60_000; // ms a route is kept: sessions of a full spool live long
const mostRoutes = 200;

/** The one connection of a session, and the routes it has asked for. It stays open for whatever next message may take it too. */
export class SessionConnection {
  readonly #deps: ConnectionDeps;
  readonly #routes = new Map<string, { readonly route: Route; readonly until: number }>();
  #connected: Connected | undefined;
  #way: string | undefined;
  #domain: string | undefined;
  /** Connections that stood. */
  opened = 0;
  /** Messages that got their answers over the one that stands. */
  served = 0;

  constructor(deps: ConnectionDeps) {
    this.#deps = deps;
  }

  /**
   * @param way what the route depends on, as one text
   * @returns undefined when `signal` aborted before there was one
   */
  async to(mail: RoutedMail, way: string, signal: AbortSignal): Promise<Connected | Unreachable | undefined> {
    const open = this.#connected?.connection.usable === true ? this.#connected : undefined;
    if (open !== undefined && this.#way === way && this.#domain === mail.domain && this.#fresh(way) !== undefined) return open;
    const known = await knownUnreachable(mail, this.#deps);
    if (known !== undefined) return { ...known, never: false, attempt: undefined, ofDomain: true };
    const route = await this.#route(mail, way);
    if (!isOpen(route)) {
      const attempt = { at: this.#deps.clock.now(), result: route.reason };
      return { reason: route.reason, never: route.kind === 'never', attempt };
    }
    if (open !== undefined && leadsTo(route, open.to)) {
      this.#way = way;
      this.#domain = mail.domain;
      return open;
    }
    await this.close();
    const connected = await connectRoute(route, { ...this.#deps, hop: hopOf(mail, this.#deps) }, signal).catch((error: unknown) => {
      if (signal.aborted) return undefined;
      throw error;
    });
    if (connected === undefined) return undefined;
    if (!connected.connected) return this.#noHost(connected, way);
    this.#connected = connected;
    this.#way = way;
    this.#domain = mail.domain;
    this.opened += 1;
    this.served = 0;
    return connected;
  }

  /** The dialogue since the last call. */
  attempt(result: string): Attempt {
    const at = this.#deps.clock.now();
    if (this.#connected === undefined) return { at, result };
    const { to, connection } = this.#connected;
    return { at, host: to.host, ...(to.ip === undefined ? {} : { ip: to.ip }), result, dialogue: connection.takeDialogue() };
  }

  /** It broke: what led to it is asked anew. */
  async drop(): Promise<void> {
    if (this.#way !== undefined) this.#routes.delete(this.#way);
    await this.close();
  }

  async close(): Promise<void> {
    const connected = this.#connected;
    this.#connected = undefined;
    this.#way = undefined;
    // Whatever became of the goodbye, the messages are settled.
    await connected
      ?.close()
      .catch((error: unknown) => this.#deps.log.failure('outbound-goodbye-failed', error, { host: connected.to.host }));
  }

  async #route(mail: RoutedMail, way: string): Promise<Route> {
    const known = this.#fresh(way);
    if (known !== undefined) return known;
    const route = await routeTo(mail, this.#deps);
    if (this.#routes.size >= mostRoutes) this.#routes.clear();
    this.#routes.set(way, { route, until: this.#deps.clock.now() + routeFor });
    return route;
  }

  /** A connection may stand for days: an operator's hold, a policy of the domain and its better hosts are heard of all the same. */
  #fresh(way: string): Route | undefined {
    const known = this.#routes.get(way);
    return known !== undefined && this.#deps.clock.now() < known.until ? known.route : undefined;
  }

  #noHost({ reason, failures, retryAt, isFull }: NoHost, way: string): Unreachable {
    this.#routes.delete(way);
    const last = failures.at(-1);
    const at = this.#deps.clock.now();
    if (last === undefined)
      return { reason, never: false, attempt: retryAt === undefined ? { at, result: reason } : undefined, retryAt, isFull };
    const { to, error } = last;
    const attempt = { at, host: to.host, ip: to.ip, result: reason, dialogue: error.dialogue };
    return { reason, never: false, attempt, ...(isFull === true ? { retryAt, isFull } : {}) };
  }
}

/** Only to one of the best hosts: a host that is another domain's best may be the last resort of this one (RFC 5321 section 5.1). */
const leadsTo = (route: OpenRoute, to: Connected['to']): boolean =>
  route.kind === 'service'
    ? to.ip === undefined && to.host === route.service.host
    : route.hosts.some((host) => host.preference === route.hosts[0]?.preference && isSame(host, to));

/** The address, and the same right to speak with it. A connection that went on in plain is one that had asked for TLS when it was there. */
const isSame = (a: HostAddress, b: Connected['to']): boolean =>
  a.host === b.host &&
  a.ip === b.ip &&
  a.port === b.port &&
  plainly(a.tls) === plainly(b.tls) &&
  a.credentials?.user === b.credentials?.user &&
  a.credentials?.password === b.credentials?.password;

const plainly = (tls: HostAddress['tls'] | undefined): HostAddress['tls'] | undefined => (tls === 'none' ? 'opportunistic' : tls);
