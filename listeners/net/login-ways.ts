import { isAnonymousName } from '../../core/accounts/login-name.ts';
import { imapSettings, loginListenerSettings, pop3Settings } from '../../core/settings/listeners.ts';
import type { LiveSettings } from '../../core/settings/live-settings.ts';
import type { Protocol } from '../../core/values/protocol.ts';
import type { Refusal } from '../../core/values/refusal.ts';
import { type ClientCertificate, isInForce } from './client-certificate.ts';
import type { TlsFacts } from './connection.ts';

/** How a client shows who it is. */
export type LoginWay = 'password' | 'certificate' | 'anonymous';

/** What comes without a password. */
export type Proof =
  | { readonly way: 'anonymous' }
  | { readonly way: 'certificate' /** Empty: whoever the certificate names. */; readonly authzid: string };

interface Where {
  readonly protocol: Protocol;
  readonly settings: LiveSettings;
  /** ms since the epoch. */
  readonly now: number;
}

const isOn = (way: LoginWay, { protocol, settings }: Where): boolean => {
  if (protocol === 'smtp') return false;
  const { loginPassword, loginCertificate } = loginListenerSettings[protocol];
  if (way === 'anonymous') return protocol !== 'msa' && settings.get((protocol === 'imap' ? imapSettings : pop3Settings).loginAnonymous);
  return settings.get(way === 'password' ? loginPassword : loginCertificate);
};

/** Whoever sends a name with a password: `anonymous` is nobody's password login while anonymous login is on. */
export const wayOfUser = (user: string, where: Where): LoginWay =>
  isAnonymousName(user) && isOn('anonymous', where) ? 'anonymous' : 'password';

/**
 * @param way of somebody who sends a name, by that name
 * @returns why nobody can log in so on this connection now. The least bits hold for every way: what an anonymous client reads is public, but a
 *   listener that asks for TLS takes no name and no password in the clear, or people would type theirs
 */
export function loginRefusal(way: LoginWay, tls: TlsFacts | undefined, where: Where): Refusal | undefined {
  if (where.protocol === 'smtp' || !isOn(way, where)) return { refused: 'login-disabled' };
  const bits = where.settings.get(loginListenerSettings[where.protocol].minKeyBits);
  if (bits > 0 && (tls === undefined || tls.bits < bits)) return { refused: 'encryption-required' };
  return way === 'certificate' && !isGood(tls, where.now) ? { refused: 'no-certificate' } : undefined;
}

function isGood(tls: TlsFacts | undefined, now: number): boolean {
  const certificate = goodCertificate(tls);
  return certificate !== undefined && certificate.addresses.length > 0 && isInForce(certificate, now);
}

/** @returns the certificate of a client that was found good in the handshake */
export const goodCertificate = (tls: TlsFacts | undefined): ClientCertificate | undefined =>
  tls?.client !== undefined && 'addresses' in tls.client ? tls.client : undefined;
