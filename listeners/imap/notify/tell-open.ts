import type { MailboxStore } from '../../../core/mailbox/mailbox-store.ts';
import type { MessageBodies } from '../../../core/mailbox/message-bodies.ts';
import { poll } from '../poll.ts';
import type { Responses } from '../responses.ts';
import type { Selected } from '../state.ts';
import type { Command } from '../wire/command.ts';
import type { OpenAsked } from './session-notices.ts';

export interface TellingOpen {
  readonly mayExpunge: boolean;
  /** The command's own answer is among the news. @default false */
  readonly owed?: boolean;
  /** The answer of the command that these are the news of: it tells what the client has made itself. @default - no command was run */
  readonly reply?: string | undefined;
}

interface Ports {
  readonly mailboxes: MailboxStore;
  readonly bodies: Pick<MessageBodies, 'read'>;
  readonly out: Responses;
}

/**
 * Tells what happened in the open mailbox. A client that wants to hear nothing keeps the view that it has: numbers stand for the same messages until it
 * asks for events again.
 * @returns that expunges were told; undefined when nothing was looked at
 */
export async function tellOpen(
  state: Selected,
  asked: OpenAsked,
  { mayExpunge, owed = false, reply }: TellingOpen,
  { mailboxes, bodies, out }: Ports,
): Promise<boolean | undefined> {
  if (asked === 'as-ever' || (asked === 'nothing' && owed)) return await poll(state, mayExpunge, mailboxes, out);
  if (asked === 'nothing') {
    state.view.forgetOwn();
    return undefined;
  }
  return await poll(state, mayExpunge, mailboxes, out, { flags: asked.flags, items: asked.items, own: madeHere(reply, state), bodies });
}

/** Expunges that a command has made are its answer; and to ask for events is to ask for what has gathered (RFC 5465 section 3.1). */
export const owesNews = (command: Command, reply: string | undefined): boolean =>
  reply?.startsWith('OK') === true &&
  (command.verb === 'EXPUNGE' ||
    command.verb === 'MOVE' ||
    command.verb === 'REPLACE' ||
    (command.verb === 'NOTIFY' && command.groups.length > 0));

/** UIDs of an answer's APPENDUID or COPYUID, when they are in this mailbox. */
function madeHere(reply: string | undefined, { mailbox }: Selected): ReadonlySet<number> {
  const [, uidValidity, set] = /^OK \[(?:APPENDUID|COPYUID) (\d+) (?:\S+ )?([\d:,]+)\]/.exec(reply ?? '') ?? [];
  if (set === undefined || Number(uidValidity) !== mailbox.uidValidity) return new Set();
  return new Set(
    set.split(',').flatMap((range) => {
      const [from = 0, to = from] = range.split(':').map(Number);
      return Array.from({ length: to - from + 1 }, (_, i) => from + i);
    }),
  );
}
