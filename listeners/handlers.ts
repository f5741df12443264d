import type { SecureContext } from 'node:tls';
import type { Dispatcher } from '../core/delivery/dispatcher.ts';
import type { Quotas } from '../core/mailbox/quota.ts';
import type { SharedSearches } from '../core/mailbox/search/shared-searches.ts';
import type { EventLog } from '../core/observe/event-log.ts';
import type { TellRefused } from '../core/observe/refused.ts';
import type { LiveSettings } from '../core/settings/live-settings.ts';
import { maildropKey } from '../core/slots/slot-key.ts';
import type { Slots } from '../core/slots/slots.ts';
import type { AccountId } from '../core/values/address.ts';
import type { Protocol } from '../core/values/protocol.ts';
import type { Refusal } from '../core/values/refusal.ts';
import type { World } from '../core/world.ts';
import { createImap } from './imap/imap.ts';
import { refuseGreeting as imapRefusal } from './imap/refusal-reply.ts';
import type { CommandPlaces } from './net/command-places.ts';
import { lineProtocolHandler } from './net/line-protocol.ts';
import type { ProtocolHandler } from './net/protocol-handler.ts';
import type { ConnectionEnvironment } from './net/socket-connection.ts';
import { take } from './net/take-slot.ts';
import { createPop3 } from './pop3/pop3.ts';
import { refuseGreeting as pop3Refusal } from './pop3/refusal-reply.ts';
import { createSmtp } from './smtp/smtp.ts';

export interface HandlerDeps {
  readonly world: World;
  readonly settings: LiveSettings;
  readonly slots: Slots;
  readonly dispatcher: Dispatcher;
  readonly places: CommandPlaces;
  readonly searches: SharedSearches;
  readonly quotas: Quotas;
  readonly refused: TellRefused;
  readonly log: EventLog;
  readonly version: string;
  readonly connections: Omit<ConnectionEnvironment, 'secureContext'> & { secureContext(protocol: Protocol): SecureContext };
}

/** A client that comes back right after its QUIT waits this long for its maildrop, ms. */
const lockWait = 2_000;

/** Every protocol, over the ports of one world. */
export function createHandlers({ world, dispatcher, connections, ...shared }: HandlerDeps): readonly ProtocolHandler[] {
  const line = { ...world, ...shared };
  const of = (protocol: Protocol): ConnectionEnvironment => ({ ...connections, secureContext: () => connections.secureContext(protocol) });
  const smtp = { ...line, dispatcher };
  const lockMaildrop = (account: AccountId) => lock(account, shared);
  return [
    createSmtp('smtp', { ...smtp, secureContext: of('smtp').secureContext }),
    createSmtp('msa', { ...smtp, secureContext: of('msa').secureContext }),
    lineProtocolHandler('pop3', createPop3({ ...line, lockMaildrop }), pop3Refusal, of('pop3')),
    lineProtocolHandler('imap', createImap(line), imapRefusal, of('imap')),
  ];
}

/** One session at a time has a maildrop open, over all processes (RFC 1939 section 4). */
async function lock(account: AccountId, deps: Pick<HandlerDeps, 'slots' | 'log'>): Promise<{ release(): void } | Refusal> {
  const hold = await take(deps, { key: maildropKey(account), limit: 1, kind: 'plain', wait: lockWait });
  return 'full' in hold ? { refused: 'maildrop-locked' } : hold;
}
