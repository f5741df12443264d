import { withEmptyMailbox, withoutNews } from '../../core/mailbox/empty-mailbox.ts';
import { ConnectionLost } from '../net/connection.ts';
import type { LineProtocol } from '../net/session.ts';
import type { ImapDeps } from './answer.ts';
import { Attendance } from './attendance.ts';
import { runSession } from './session-loop.ts';

export type { ImapDeps };

/** The IMAP listener (RFC 3501, RFC 9051 and the extensions that capability.ts announces) over a world's ports. */
export function createImap(world: ImapDeps): LineProtocol {
  const deps = { ...world, mailboxes: withEmptyMailbox(world.mailboxes), changes: withoutNews(world.changes) };
  const attendance = new Attendance(deps.clock);
  return async (connection, session) => {
    try {
      await runSession({ ...deps, attendance, connection, session });
    } catch (error) {
      if (!(error instanceof ConnectionLost) && !connection.closed) deps.log.failure('imap-session-failed', error, { session: session.id });
      connection.destroy();
    }
  };
}
