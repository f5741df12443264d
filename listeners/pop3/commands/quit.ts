import { seen } from '../../../core/values/flags.ts';
import type { Handler, Pop3Context } from '../context.ts';
import type { Maildrop } from '../maildrop.ts';
import { err, ok } from '../reply.ts';
import { closing } from '../state.ts';

/** QUIT: the UPDATE state (RFC 1939 section 6). */
export const quit: Handler<'QUIT'> = async (_, state, context) => {
  if (state.at === 'authorization') return [closing, ok('Goodbye')];
  const { maildrop } = state;
  try {
    await update(maildrop, context);
    return [closing, ok(`Goodbye, ${maildrop.count} messages left`)];
  } catch (error) {
    context.log.failure('pop3-update-failed', error, { account: maildrop.mailbox.account });
    return [closing, err('[SYS/TEMP] some deleted messages not removed')];
  }
};

/**
 * What the client fetched and left becomes \Seen, as most servers have it: read by POP3 is read. Only here, because until QUIT nothing
 * says that it arrived. What an IMAP session expunged meanwhile is gone, which is what was asked for.
 */
async function update({ mailbox, deleted, read, isReadOnly }: Maildrop, { mailboxes }: Pop3Context): Promise<void> {
  if (isReadOnly) return;
  if (deleted.length > 0) await mailboxes.expunge(mailbox.id, deleted, true);
  if (read.length > 0) await mailboxes.changeFlags(mailbox.id, read, { how: 'add', flags: [seen] });
}
