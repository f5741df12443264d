import { seen } from '../../../core/values/flags.ts';
import type { Handler, Pop3Context } from '../context.ts';
import type { Maildrop } from '../maildrop.ts';
import { err, ok } from '../reply.ts';
import { closing } from '../state.ts';

/** QUIT: the UPDATE state (RFC 1939 section 6). */
export const quit: Handler<'QUIT'> = async (_, state, context) => {
  // How many messages a public maildrop has is told to those who may still read it.
  if (state.at === 'authorization' || state.maildrop.isReadOnly) return [closing, ok('Goodbye')];
  const { maildrop } = state;
  try {
    const { mailbox, deleted } = maildrop;
    if (deleted.length > 0) await context.mailboxes.expunge(mailbox.id, deleted, true);
  } catch (error) {
    context.log.failure('pop3-update-failed', error, { account: maildrop.mailbox.account });
    return [closing, err('[SYS/TEMP] some deleted messages not removed')];
  }
  await markRead(maildrop, context);
  return [closing, ok(`Goodbye, ${maildrop.count} messages left`)];
};

/**
 * What the client fetched and left becomes \Seen, as most servers have it: read by POP3 is read. Only here, because until QUIT nothing
 * says that it arrived. What an IMAP session expunged meanwhile is gone, which is what was asked for. A client that is told of a failure
 * takes it for one of its deletions, and of this it would hear for nothing.
 */
async function markRead({ mailbox, read }: Maildrop, { mailboxes, log }: Pop3Context): Promise<void> {
  if (read.length === 0) return;
  try {
    await mailboxes.changeFlags(mailbox.id, read, { how: 'add', flags: [seen] });
  } catch (error) {
    log.failure('pop3-update-failed', error, { account: mailbox.account });
  }
}
