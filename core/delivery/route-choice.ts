import { type Endpoint, formatEndpoint, parseEndpoint } from '../settings/endpoint.ts';

/** How mail leaves, as operators write it: a word, or a host of its own. */
export type RouteChoice =
  /** To the mail hosts of the recipient's domain. */
  | { readonly to: 'direct' }
  /** To `outbound/smarthost`. */
  | { readonly to: 'smarthost' }
  /** By the API of Amazon SES. */
  | { readonly to: 'ses' }
  | { readonly to: 'host'; readonly host: Endpoint };

export const routeWords = ['direct', 'smarthost', 'ses'] as const;

const smtpPort = 25;

/**
 * @param text a word, or `HOST[:PORT]`, and to log in there `HOST:PORT USER secret:NAME`. A host that has the name of a word needs its port.
 * @returns undefined when it is neither
 */
export function parseRouteChoice(text: string): RouteChoice | undefined {
  const word = routeWords.find((one) => one === text);
  if (word !== undefined) return { to: word };
  const host = text === 'none' || text === '' ? undefined : parseEndpoint(text, smtpPort);
  return host === undefined ? undefined : { to: 'host', host };
}

/** The text that `parseRouteChoice` reads; the secret is a reference, so it may be shown. */
export const formatRouteChoice = (choice: RouteChoice): string => (choice.to === 'host' ? formatEndpoint(choice.host) : choice.to);
