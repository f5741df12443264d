/** What a server can do (RFC 2449); of one that does not know CAPA nothing is known. */
export interface Capabilities {
  readonly stls: boolean;
  readonly saslPlain: boolean;
  readonly utf8: boolean;
  /** Seconds between logins; 0 when it names none. */
  readonly loginDelay: number;
  /** The delay is another one for each user, told after the login. */
  readonly loginDelayPerUser: boolean;
}

export const noCapabilities: Capabilities = { stls: false, saslPlain: false, utf8: false, loginDelay: 0, loginDelayPerUser: false };

const longestDelay = 7 * 86_400; // s; more is a mistake, and mail would stand still for it

/** @param lines of the response to CAPA */
export function parseCapabilities(lines: readonly string[]): Capabilities {
  const words = lines.map((line) => line.toUpperCase().split(/ +/));
  const find = (name: string): readonly string[] | undefined => words.find(([first]) => first === name);
  const [, delay = '', whose] = find('LOGIN-DELAY') ?? [];
  return {
    stls: find('STLS') !== undefined,
    saslPlain: find('SASL')?.includes('PLAIN') ?? false,
    utf8: find('UTF8') !== undefined,
    loginDelay: /^\d{1,9}$/.test(delay) ? Math.min(Number(delay), longestDelay) : 0,
    loginDelayPerUser: whose === 'USER',
  };
}
