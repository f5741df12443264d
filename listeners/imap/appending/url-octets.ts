import { type Mailbox, MailboxGone, type MessageRecord } from '../../../core/mailbox/mailbox-store.ts';
import { readSection } from '../../../core/message/read-section.ts';
import type { ImapPorts } from '../answer.ts';
import { rightsBy } from '../current-rights.ts';
import { reachMailbox } from '../reach-mailbox.ts';
import type { Authenticated, Selected } from '../state.ts';
import { type MessageUrl, parseImapUrl } from '../wire/parse-imap-url.ts';
import { atMost, sectionOctets } from './section-octets.ts';

/** What a URL stands for. */
export interface UrlOctets {
  /** At least as many as there are. */
  readonly size: number;
  /** @throws BodyMissing */
  octets(): AsyncIterable<Uint8Array>;
}

type Ports = Pick<ImapPorts, 'mailboxes' | 'bodies' | 'settings'>;

/** What must not be read looks as if it were not there (RFC 4314 section 6). @returns why there is nothing */
export async function urlOctets(url: string, state: Authenticated | Selected, ports: Ports): Promise<UrlOctets | string> {
  const asked = parseImapUrl(url);
  if (typeof asked === 'string') return asked;
  const record = await recordOf(asked, state, ports);
  const source = record && readSection(record, asked.section);
  if (record === undefined || source === undefined) return 'There is no such message or part';
  return { size: atMost(source, asked.partial), octets: () => sectionOctets(source, asked.partial, record, ports.bodies) };
}

async function recordOf(asked: MessageUrl, state: Authenticated | Selected, ports: Ports): Promise<MessageRecord | undefined> {
  try {
    const mailbox = await mailboxOf(asked, state, ports);
    if (mailbox === undefined || (asked.uidValidity !== undefined && asked.uidValidity !== mailbox.uidValidity)) return undefined;
    for await (const record of ports.mailboxes.messages(mailbox.id, [{ from: asked.uid, to: asked.uid }])) return record;
  } catch (error) {
    if (!(error instanceof MailboxGone)) throw error;
  }
  return undefined;
}

async function mailboxOf({ mailbox }: MessageUrl, state: Authenticated | Selected, ports: Ports): Promise<Mailbox | undefined> {
  if (mailbox === undefined) return state.at === 'selected' && (await maySelectedBeRead(state, ports)) ? state.mailbox : undefined;
  const reached = await reachMailbox(mailbox, 'r', state, ports);
  return typeof reached === 'string' ? undefined : reached.mailbox;
}

/** APPEND is there without a selected mailbox too, and so begins without a look at the rights in it; and a message may be long in coming. */
const maySelectedBeRead = async (state: Selected, { mailboxes }: Ports): Promise<boolean> =>
  state.mailbox.account === state.account || rightsBy(state, await mailboxes.acl(state.mailbox.id)).has('r');
