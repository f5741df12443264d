import { imapSettings } from '../../core/settings/listeners.ts';
import type { LiveSettings } from '../../core/settings/live-settings.ts';
import type { Connection } from '../net/connection.ts';
import type { Session } from '../net/session.ts';
import type { ImapState } from './state.ts';

const always = 'IMAP4rev1 LITERAL+ SASL-IR ID ENABLE';
const loggedIn = 'UIDPLUS MOVE NAMESPACE CONDSTORE QRESYNC SPECIAL-USE CREATE-SPECIAL-USE UNSELECT CHILDREN INPROGRESS';

interface Asked {
  readonly connection: Pick<Connection, 'tls'>;
  readonly session: Pick<Session, 'mayLogin'>;
  readonly settings: LiveSettings;
}

/** What this session may use where it stands: logins only where a password would be taken (RFC 3501 section 6.2.3), the rest after one. */
export function capabilities(at: ImapState['at'], { connection, session, settings }: Asked): string {
  if (at !== 'not-authenticated') return `${always} ${loggedIn}${settings.get(imapSettings.idle) ? ' IDLE' : ''}`;
  const starttls = connection.tls === undefined ? ' STARTTLS' : '';
  const login = session.mayLogin(connection.tls) === undefined ? ' AUTH=PLAIN' : ' LOGINDISABLED';
  return `${always}${starttls}${login}`;
}
