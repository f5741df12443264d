import type { AccountId } from '../values/address.ts';
import type { Brand } from '../values/brand.ts';
import type { HolderId } from '../values/ids.ts';

/** What an operator calls a source; unique, lower case. */
export type SourceName = Brand<string, 'SourceName'>;

/** Given when a source is added and never again: a source that is removed and added anew remembers nothing. */
export type SourceId = Brand<string, 'SourceId'>;

/** `none`: in the clear, which only a network that nobody listens to excuses. */
export type TlsMode = 'implicit' | 'starttls' | 'none';

/** An account at somebody else's POP3 server, and where its mail goes here. */
export interface SourceFacts {
  readonly name: SourceName;
  /** A name in lower case, or an IP address. */
  readonly host: string;
  readonly port: number;
  readonly tls: TlsMode;
  readonly user: string;
  /** Name of the secret that holds the password (`Secrets.get`). */
  readonly secret: string;
  /** Days after which a collected message is deleted there; 0 = as soon as it is durable here. */
  readonly keep: number | 'forever';
  /** Gets the mail in its INBOX. */
  readonly account: AccountId;
}

/**
 * Why a server could not be worked with, in kinds that decide when it is tried again:
 *
 * - `unreachable`, `cut`, `too-slow`, `tls`, `protocol`: the connection
 * - `busy`, `in-use`, `login-delay`: it says so: [SYS/TEMP] (RFC 3206), [IN-USE], [LOGIN-DELAY] (RFC 2449 section 8.1)
 * - `login-refused`, `server-refuses`: [AUTH] or no code, [SYS/PERM] (RFC 3206)
 * - `no-starttls`, `no-uidl`, `too-many`: it can't be worked with as it is
 */
export type MaildropFaultKind =
  | 'unreachable'
  | 'cut'
  | 'too-slow'
  | 'tls'
  | 'protocol'
  | 'busy'
  | 'in-use'
  | 'login-delay'
  | 'login-refused'
  | 'server-refuses'
  | 'no-starttls'
  | 'no-uidl'
  | 'too-many';

/** `done`: all that was new is here. `more`: there was no time for the rest. `stopped`: this process had to end. The others are failures. */
export type RunResult = 'done' | 'more' | 'stopped' | MaildropFaultKind | 'no-secret' | 'no-account' | 'failed';

/** What came of one run. */
export interface RunReport {
  /** ms since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly result: RunResult;
  /** What went wrong, one bounded line; it may hold the server's words. */
  readonly reason?: string;
  /** Messages the server listed; undefined when it never came to that. */
  readonly listed?: number;
  /** Messages that are new here. */
  readonly collected: number;
  /** Messages deleted there. */
  readonly deleted: number;
  /** Messages left there because they are larger than `smtp/message-size`. */
  readonly tooLarge: number;
  /** Messages that the server listed but did not give out. */
  readonly refused: number;
}

/** A source as it stands. */
export interface Source extends SourceFacts {
  readonly id: SourceId;
  /** A source that is not is left alone. */
  readonly enabled: boolean;
  /** ms since the epoch, like all times here. */
  readonly nextRunAt: number;
  /** Failed runs since the last good one. */
  readonly failures: number;
  /** What the server asks for between two logins (LOGIN-DELAY of RFC 2449 section 6.5), seconds. */
  readonly loginDelay: number;
  /** Messages collected since the source was added. */
  readonly collected: number;
  readonly lastRun?: RunReport;
  readonly lastSuccessAt?: number;
  readonly claimedBy?: HolderId;
  readonly claimedUntil?: number;
}

export const noDeletion = 'forever';
export const defaultPort = (tls: TlsMode): number => (tls === 'implicit' ? 995 : 110);

const name = /^[a-z0-9][a-z0-9._-]{0,63}$/;
/** @returns undefined when the text can't be a source's name */
export const parseSourceName = (text: string): SourceName | undefined =>
  name.test(text.toLowerCase()) ? (text.toLowerCase() as SourceName) : undefined;

export const parseTlsMode = (text: string): TlsMode | undefined =>
  text === 'implicit' || text === 'starttls' || text === 'none' ? text : undefined;

const mostDays = 3650;

/** `forever`, `no`, or a number of days: `14d`. */
export function parseKeep(text: string): SourceFacts['keep'] | undefined {
  if (text === noDeletion) return noDeletion;
  if (text === 'no') return 0;
  const days = /^(\d{1,4})d?$/.exec(text)?.[1];
  return days === undefined || Number(days) > mostDays ? undefined : Number(days);
}

export const keepText = (keep: SourceFacts['keep']): string => (keep === noDeletion ? keep : keep === 0 ? 'no' : `${keep}d`);

// biome-ignore lint/suspicious/noControlCharactersInRegex: a line break would be another command to the server
export const isUser = (text: string): boolean => /^[^\x00-\x1f\x7f]{1,255}$/.test(text);
