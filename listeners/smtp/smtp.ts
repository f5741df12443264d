import type { Socket } from 'node:net';
import type { SecureContext, TLSSocket } from 'node:tls';
import { fillBanner } from '../../core/settings/banner.ts';
import { msaSettings, smtpSettings } from '../../core/settings/listeners.ts';
import { serverSettings } from '../../core/settings/server.ts';
import type { TlsFacts } from '../net/connection.ts';
import type { ProtocolHandler } from '../net/protocol-handler.ts';
import type { Session } from '../net/session.ts';
import { type DialogueDeps, SmtpDialogue } from './dialogue.ts';
import { EdgeServer } from './edge-server.ts';
import { greetingRefusal } from './refusal-reply.ts';

export interface SmtpDeps extends DialogueDeps {
  /** Of Mailweir, for the banner. */
  readonly version: string;
  /** What STARTTLS is answered with, now. */
  secureContext(): SecureContext;
}

/** The MX listener (`smtp`, port 25) or submission (`msa`, RFC 6409). */
export function createSmtp(kind: 'smtp' | 'msa', deps: SmtpDeps): ProtocolHandler {
  const { settings, clock, version } = deps;
  const own = kind === 'smtp' ? smtpSettings : msaSettings;
  const hostname = (): string => settings.get(serverSettings.hostname);
  const server = new EdgeServer(
    {
      name: hostname,
      banner: () => fillBanner(settings.get(own.banner), { hostname: hostname(), version, time: new Date(clock.now()).toUTCString() }),
      size: () => settings.get(smtpSettings.messageSize),
      maxRecipients: () => settings.get(smtpSettings.recipients),
    },
    kind === 'msa',
  );
  const serve = (socket: Socket | TLSSocket, session: Session, tls: TlsFacts | undefined): Promise<void> =>
    new Promise((resolve) => {
      if (socket.destroyed) return resolve(); // gone while it was being admitted: `close` does not come again
      server.serve(socket, tls !== undefined, deps.secureContext(), new SmtpDialogue(kind, session, tls, deps, resolve));
    });
  return { protocol: kind, refuseGreeting: (refusal) => greetingRefusal(refusal, hostname()), serve };
}
