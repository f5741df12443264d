import { MaildropFault } from '../../../core/collect/maildrop-client.ts';
import type { MaildropFaultKind } from '../../../core/collect/source.ts';

export interface Reply {
  readonly ok: boolean;
  /** What follows `+OK` or `-ERR`. */
  readonly text: string;
}

/** @returns undefined for a line that is no reply */
export function parseReply(line: string): Reply | undefined {
  const [, indicator, text = ''] = /^(\+OK|-ERR)(?: +(.*)|$)/i.exec(line) ?? [];
  return indicator === undefined ? undefined : { ok: indicator.startsWith('+'), text };
}

/** Response codes of RFC 2449 section 8 and RFC 3206; they may be followed by more levels. */
const codes: readonly (readonly [code: string, kind: MaildropFaultKind])[] = [
  ['IN-USE', 'in-use'],
  ['LOGIN-DELAY', 'login-delay'],
  ['SYS/TEMP', 'busy'],
  ['SYS/PERM', 'server-refuses'],
  ['AUTH', 'login-refused'],
];

/** @param otherwise what a reply without a known code means at this point */
export function kindOf({ text }: Reply, otherwise: MaildropFaultKind): MaildropFaultKind {
  const given = /^\[([^\]]{1,64})\]/.exec(text)?.[1]?.toUpperCase();
  return codes.find(([code]) => given === code || given?.startsWith(`${code}/`))?.[1] ?? otherwise;
}

const longest = 200; // characters

/** Words of a server, for people: one line of bounded length. @param secrets never shown, should the server repeat them */
export function quoted(text: string, secrets: readonly string[] = []): string {
  const safe = secrets.reduce((shown, secret) => (secret === '' ? shown : shown.replaceAll(secret, '***')), text);
  return safe.replace(/[^\x20-\x7e]/g, '?').slice(0, longest);
}

export const faultOf = (
  said: string,
  reply: Reply,
  otherwise: MaildropFaultKind,
  secrets: readonly string[] = [],
  loginDelay?: number,
): MaildropFault =>
  new MaildropFault(kindOf(reply, otherwise), `${said}: ${quoted(reply.text, secrets) || 'no reason given'}`, { loginDelay });
