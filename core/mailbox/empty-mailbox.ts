import { type Acl, anyone } from '../accounts/acl.ts';
import { publicOwner } from '../accounts/principal.ts';
import type { MailboxId } from '../values/ids.ts';
import type { Modseq, Uid } from '../values/uid.ts';
import type { MailboxChanges } from './mailbox-changes.ts';
import type { Mailbox, MailboxStatus, MailboxStore } from './mailbox-store.ts';

/** No store gives ids that begin so. */
const mark = 'empty-';
const isEmpty = (mailbox: MailboxId): boolean => mailbox.startsWith(mark);
/** Clients are told ids (RFC 8474), of at most 255 octets. */
const longest = 200;

/** Everybody may look at it. */
const acl: Acl = new Map([[anyone, 'lr']]);

/**
 * What is there where a level leads to mailboxes of others and is none itself, so that clients that list only what they can select come to
 * what is below: nothing is ever in it, and nothing can be put there.
 */
export const emptyMailbox = (name: string): Mailbox => ({
  id: (mark + Buffer.from(name, 'utf8').toString('base64url').slice(0, longest)) as MailboxId,
  account: publicOwner,
  name,
  uidValidity: 1,
  acl,
});

const status: MailboxStatus = {
  messages: 0,
  unseen: 0,
  deleted: 0,
  size: 0,
  recent: 0,
  uidNext: 1 as Uid,
  highestModseq: 1n as Modseq,
};
const delta = { changed: [], vanished: [], highestModseq: status.highestModseq, uidNext: status.uidNext, acl };

type Read = Pick<MailboxStore, 'acl' | 'status' | 'contents' | 'snapshot' | 'flags' | 'sizes' | 'changesSince' | 'messages'>;

/** A store in which the empty mailbox is there, to be read. Whatever would change it finds no such mailbox. */
export function withEmptyMailbox(store: MailboxStore): MailboxStore {
  const read: Read = {
    acl: async (mailbox) => (isEmpty(mailbox) ? acl : await store.acl(mailbox)),
    status: async (mailbox) => (isEmpty(mailbox) ? status : await store.status(mailbox)),
    contents: async (mailbox) => (isEmpty(mailbox) ? { uids: new Uint32Array(0), keywords: [], status } : await store.contents(mailbox)),
    snapshot: async (mailbox) => (isEmpty(mailbox) ? { rows: [], status } : await store.snapshot(mailbox)),
    flags: async (mailbox, uids) => (isEmpty(mailbox) ? [] : await store.flags(mailbox, uids)),
    sizes: async (mailbox) => (isEmpty(mailbox) ? [] : await store.sizes(mailbox)),
    changesSince: async (mailbox, modseq) => (isEmpty(mailbox) ? delta : await store.changesSince(mailbox, modseq)),
    messages: (mailbox, uids) => (isEmpty(mailbox) ? nothing() : store.messages(mailbox, uids)),
  };
  const { envelopesWith } = store;
  return {
    ...store,
    ...read,
    ...(envelopesWith && {
      envelopesWith: async (mailbox, uids, texts, signal) => (isEmpty(mailbox) ? [] : await envelopesWith(mailbox, uids, texts, signal)),
    }),
  };
}

async function* nothing(): AsyncGenerator<never> {}

/** Nothing happens in it. */
export const withoutNews = (changes: MailboxChanges): MailboxChanges => ({
  watch: (mailbox, heard, healed) => (isEmpty(mailbox) ? () => {} : changes.watch(mailbox, heard, healed)),
  watchNames: (whose, heard) => changes.watchNames(whose, heard),
});
