import { type Maildrop, type MaildropClient, MaildropFault, type MaildropLogin } from '../../../core/collect/maildrop-client.ts';
import type { Resolver } from '../../../core/delivery/resolver.ts';
import { openSocket, secured } from './connect.ts';
import { logIn } from './log-in.ts';
import { openMaildrop } from './maildrop.ts';
import type { Pace } from './octet-reader.ts';
import { Pop3Session } from './session.ts';

export interface Pop3Options {
  readonly resolver: Pick<Resolver, 'addresses'>;
  /** Trusted instead of the system's authorities, PEM. */
  readonly ca?: string;
  /** ms to connect to one address, and for TLS. @default 20 s */
  readonly connectTimeout?: number;
  /** @default 60 s for a reply, and 32 KB a minute at least */
  readonly pace?: Pace;
}

const usualPace: Pace = { reply: 60_000, window: 60_000, least: 32_768 };
const usualTimeout = 20_000; // ms

/** POP3 over sockets of this machine. */
export function pop3Client({ resolver, ca, connectTimeout = usualTimeout, pace = usualPace }: Pop3Options): MaildropClient {
  return {
    async open(login, signal) {
      const { socket, ip } = await openSocket(login, { resolver, timeout: connectTimeout, signal });
      const tls = { host: login.host, timeout: connectTimeout, signal, ca };
      const session = new Pop3Session(login.tls === 'implicit' ? await secured(socket, tls) : socket, pace, signal);
      try {
        return await logged(session, login, ip, tls);
      } catch (error) {
        session.close();
        throw error;
      }
    },
  };
}

async function logged(
  session: Pop3Session,
  login: MaildropLogin,
  ip: string,
  tls: Parameters<Pop3Session['secure']>[0],
): Promise<Maildrop> {
  await session.greeting();
  let known = await session.capabilities();
  if (login.tls === 'starttls') {
    if (!known.stls) throw new MaildropFault('no-starttls', 'the server offers no STLS'); // nor is the password sent without it
    await session.mustDo('STLS', 'the server refuses STLS', 'no-starttls');
    await session.secure(tls);
    known = await session.capabilities(); // RFC 2595 section 4: what was told before TLS may come from anybody
  }
  await logIn(session, login, known);
  if (known.loginDelayPerUser) known = await session.capabilities(); // RFC 2449 section 6.5
  return openMaildrop({ session, address: ip, connection: session.tls, loginDelay: known.loginDelay });
}
