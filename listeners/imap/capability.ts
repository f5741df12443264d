import { imapSettings, smtpSettings } from '../../core/settings/listeners.ts';
import type { LiveSettings } from '../../core/settings/live-settings.ts';
import type { Connection } from '../net/connection.ts';
import type { Session } from '../net/session.ts';
import type { ImapState } from './state.ts';

interface Asked {
  readonly connection: Pick<Connection, 'tls' | 'compressed'>;
  readonly session: Pick<Session, 'mayLogin'>;
  readonly settings: LiveSettings;
}

/** Compression shows through encryption (see the setting), so it is offered under TLS only where the operator wants it. */
export function mayCompress(settings: LiveSettings, { tls }: Pick<Connection, 'tls'>): boolean {
  const where = settings.get(imapSettings.compress);
  return where === 'always' || (where === 'without-tls' && tls === undefined);
}

/** Said before and after the login. */
const always = ['IMAP4rev1', 'IMAP4rev2', 'LITERAL+', 'SASL-IR', 'ID', 'ENABLE'] as const;

/** What only somebody who is logged in can use, and when it is there if not always; a text is what stands behind `=`. */
const loggedIn: readonly (string | readonly [name: string, isThere: (asked: Asked) => boolean | string])[] = [
  ['COMPRESS=DEFLATE', ({ settings, connection }) => mayCompress(settings, connection) && !connection.compressed],
  'UNAUTHENTICATE',
  'MULTIAPPEND',
  'BINARY',
  'CATENATE',
  'REPLACE',
  'SAVEDATE',
  'PREVIEW',
  'UTF8=ACCEPT',
  ['APPENDLIMIT', ({ settings }) => String(settings.get(smtpSettings.messageSize))],
  'QUOTA',
  'QUOTA=RES-STORAGE',
  'QUOTA=RES-MESSAGE',
  'UIDPLUS',
  'MOVE',
  'NAMESPACE',
  'ACL',
  'RIGHTS=kxte',
  'CONDSTORE',
  'QRESYNC',
  'UIDONLY',
  'SPECIAL-USE',
  'CREATE-SPECIAL-USE',
  'UNSELECT',
  'CHILDREN',
  'LIST-EXTENDED',
  'LIST-STATUS',
  'STATUS=SIZE',
  'OBJECTID',
  'METADATA',
  'LIST-METADATA',
  'INPROGRESS',
  'ESEARCH',
  'SEARCHRES',
  'WITHIN',
  'PARTIAL',
  'SORT',
  'SORT=DISPLAY',
  'ESORT',
  'THREAD=ORDEREDSUBJECT',
  'THREAD=REFERENCES',
  'I18NLEVEL=1',
  ['NOTIFY', ({ settings }) => settings.get(imapSettings.notifyMailboxes) > 0],
  ['IDLE', ({ settings }) => settings.get(imapSettings.idle)],
  ['MESSAGELIMIT', ({ settings }) => settings.get(imapSettings.messageLimit) > 0 && `${settings.get(imapSettings.messageLimit)}`],
];

/** What this session may use where it stands: logins only where a password would be taken (RFC 3501 section 6.2.3), the rest after one. */
export function capabilities(at: ImapState['at'], asked: Asked): string {
  return [...always, ...(at === 'not-authenticated' ? waysIn(asked) : afterLogin(asked))].join(' ');
}

const mechanisms = [
  ['password', 'AUTH=PLAIN'],
  ['certificate', 'AUTH=EXTERNAL'],
  ['anonymous', 'AUTH=ANONYMOUS'],
] as const;

function waysIn({ connection, session }: Asked): readonly string[] {
  const { tls } = connection;
  const open = mechanisms.filter(([way]) => session.mayLogin(tls, way) === undefined);
  const byName = open.some(([way]) => way !== 'certificate'); // LOGIN is for who sends a name
  return [...(tls === undefined ? ['STARTTLS'] : []), ...open.map(([, name]) => name), ...(byName ? [] : ['LOGINDISABLED'])];
}

const afterLogin = (asked: Asked): readonly string[] =>
  loggedIn.flatMap((one) => {
    if (typeof one === 'string') return [one];
    const isThere = one[1](asked);
    return typeof isThere === 'string' ? [`${one[0]}=${isThere}`] : isThere ? [one[0]] : [];
  });
