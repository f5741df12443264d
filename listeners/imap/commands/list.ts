import { setImmediate as nextTurn } from 'node:timers/promises';
import { rightsOf } from '../../../core/accounts/acl.ts';
import type { Rights } from '../../../core/accounts/rights.ts';
import { visibleMailboxes } from '../../../core/mailbox/visible-mailboxes.ts';
import { imapSettings } from '../../../core/settings/listeners.ts';
import type { AccountId } from '../../../core/values/address.ts';
import type { Handler, ImapPorts } from '../answer.ts';
import { listLine } from '../list-line.ts';
import { mayNameOthers } from '../list-pattern.ts';
import { type ListRow, listRows } from '../list-rows.ts';
import { computedEntries, type Entry, mayAnnotate, metadataLines, namedEntries, scopeOf, setOf, wholeNames } from '../metadata.ts';
import type { Responses } from '../responses.ts';
import { type Authenticated, agreeing } from '../state.ts';
import { countsFor, statusLine, type Told } from '../status-line.ts';
import type { StatusItem } from '../wire/command.ts';
import { orGone } from './copy.ts';

/** Names that are told together, and whose counts are asked of the store together. */
const namesAtOnce = 1_000;
/** With annotations, which may be 64 KB of each. */
const annotatedAtOnce = 200;

/** LIST (RFC 3501 section 6.3.8, RFC 9051 section 6.3.9), with CHILDREN (RFC 3348), LIST-EXTENDED (RFC 5258), LIST-STATUS (RFC 5819) and SPECIAL-USE (RFC 6154). */
export const list: Handler<'LIST'> = async (command, state, ports) => {
  const { mailboxes, settings, out } = ports;
  if (!command.extended && command.patterns[0] === '') {
    await out.line('* LIST (\\Noselect) "/" ""'); // asks for the separator only
    return { state, reply: 'OK LIST completed' };
  }
  const { status, metadata } = command.tell;
  const atOnce = metadata === undefined ? namesAtOnce : annotatedAtOnce;
  const fakes = settings.get(imapSettings.fakeInaccessibleMailboxes);
  const others = mayNameOthers(command.patterns.map((pattern) => command.reference + pattern));
  const rows = await listRows(await visibleMailboxes(state.account, mailboxes, { fakes, others }), command);
  for (let at = 0; at < rows.length; at += atOnce) {
    const some = rows.slice(at, at + atOnce);
    for (const { name, attributes, childInfo } of some) await out.line(listLine(name, attributes, state.agreed, { childInfo }));
    if (status !== undefined) await tellStatus(some, status, state, ports);
    if (metadata !== undefined) await tellMetadata(some, metadata, state, ports);
    await nextTurn();
  }
  const after = status?.includes('HIGHESTMODSEQ') ? agreeing(state, { condstore: true }) : state;
  return { state: after, reply: 'OK LIST completed' };
};

/** Behind the names, of those that may be read (RFC 4314 section 4). What was deleted meanwhile is passed over (RFC 5819 section 2). */
async function tellStatus(
  rows: readonly ListRow[],
  items: readonly StatusItem[],
  { account, agreed }: Pick<Authenticated, 'account' | 'agreed'>,
  { mailboxes, settings, out }: Pick<ImapPorts, 'mailboxes' | 'settings'> & { readonly out: Responses },
): Promise<void> {
  const there = selectedOf(rows, account, (rights) => rights.has('r'));
  const counts = await mailboxes.statuses(there.map(({ mailbox }) => mailbox.id));
  for (const one of there) {
    const status = counts.get(one.mailbox.id);
    if (status === undefined) continue;
    const counted = await orGone(countsFor(items, one.mailbox, status, mailboxes));
    if (counted !== undefined) await out.line(statusLine(one, counted, items, { agreed, settings }));
  }
}

/** LIST-METADATA (RFC 9590). */
async function tellMetadata(
  rows: readonly ListRow[],
  entries: readonly string[],
  { account, agreed }: Pick<Authenticated, 'account' | 'agreed'>,
  { annotations, out }: Pick<ImapPorts, 'annotations'> & { readonly out: Responses },
): Promise<void> {
  const there = selectedOf(rows, account, mayAnnotate);
  const sets = there.flatMap((told) =>
    [...new Set(entries.map(scopeOf))].flatMap((scope) => {
      const set = setOf(scope, told.mailbox, account);
      return set === undefined ? [] : [{ told, scope, set }];
    }),
  );
  const found = await annotations.read(sets.map(({ set }) => set));
  const kept = new Map(there.map((told): [Told, Entry[]] => [told, [...computedEntries(told.mailbox, '')]]));
  for (const [i, { told, scope }] of sets.entries()) kept.get(told)?.push(...wholeNames(scope, found[i] ?? []));
  for (const [{ name }, all] of kept) for (const line of metadataLines(name, namedEntries(entries, all), agreed)) await out.line(line);
}

/** Mailboxes that were asked for themselves, and in which the account may do so much. */
const selectedOf = (rows: readonly ListRow[], account: AccountId, may: (rights: Rights) => boolean): readonly Told[] =>
  rows.flatMap(({ name, mailbox, wanted }) =>
    wanted && mailbox !== undefined && may(rightsOf(account, mailbox)) ? [{ name, mailbox }] : [],
  );
