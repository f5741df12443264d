import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type Identifier, whoseRights } from '../../../core/accounts/acl.ts';
import { publicOwner } from '../../../core/accounts/principal.ts';
import { mailboxEntries } from '../../../core/mailbox/mailbox-entries.ts';
import { parseMailboxName, parseSubscribedName, separator } from '../../../core/mailbox/mailbox-name.ts';
import { type Mailbox, type MailboxRefusal, type MailboxStore, maxMailboxes } from '../../../core/mailbox/mailbox-store.ts';
import type { AccountId } from '../../../core/values/address.ts';
import type { Clock } from '../../../core/values/clock.ts';
import type { MailboxId, NewId } from '../../../core/values/ids.ts';
import type { ChangeTeller, TalkAddress } from '../talk/watchers.ts';
import { untilApplied } from '../until-applied.ts';
import { mailboxRights } from './mailbox-rights.ts';
import { rowKey, watchersOf } from './mailbox-row.ts';
import type { MailboxNames } from './mailbox-store.ts';
import { type ChangeNames, NameChange } from './name-change.ts';
import { mailboxOf, type NameNode, root } from './name-items.ts';
import { NameTable, namesBelow } from './name-table.ts';
import { tellNames } from './names-watched.ts';
import { addPublicOwner } from './public-owner.ts';
import { renameInbox } from './rename-inbox.ts';
import { subscribe, unsubscribe } from './subscriptions.ts';

export interface MailboxNamesDeps {
  /** One that repeats by itself what failed: all writes are safe to repeat. */
  readonly client: DynamoDBClient;
  /** The table of mail. */
  readonly table: string;
  readonly clock: Clock;
  readonly newId: NewId;
  /** INBOX is renamed by moving its messages. */
  readonly messages: Pick<MailboxStore, 'status' | 'move'>;
  /** @default - nobody is told that a mailbox is gone: watchers find out by themselves */
  readonly teller?: ChangeTeller | undefined;
}

/** The half of MailboxStore that knows mailboxes by name. */
export function dynamoMailboxNames({ client, table: name, clock, newId, messages, teller }: MailboxNamesDeps): MailboxNames {
  const table = new NameTable(client, name);

  const change: ChangeNames = <T>(account: AccountId, work: (names: NameChange) => Promise<T | MailboxRefusal>) =>
    untilApplied<T | MailboxRefusal>(client, async () => {
      const own = (await table.own(account)) ?? (account === publicOwner ? await addPublicOwner(table, clock.now()) : undefined);
      if (own?.passwordHash === undefined) throw new Error(`account ${account} is gone`);
      const names = new NameChange({ table, account, own, newId, now: clock.now() });
      const done = await work(names);
      if (isRefusal(done)) return { answer: done };
      const isTooMany = names.names > Math.max(own.names, maxMailboxes) || (await names.sharesTooMuch());
      return isTooMany ? { answer: 'too-many' } : { writes: await names.writes(), done };
    });

  const tellOf = async (account: AccountId, ...others: readonly Identifier[]): Promise<void> =>
    await tellNames({ client, table: name, clock, teller }, account as string as Identifier, ...others);

  const watching = async (mailbox: MailboxId): Promise<readonly TalkAddress[]> => {
    const row = teller && (await table.get(rowKey(mailbox)));
    return row === undefined ? [] : watchersOf(row, clock.now());
  };

  return {
    async list(account) {
      const all = await table.all(account);
      if (all === undefined) return [];
      const mailboxes = namesBelow(all.nodes, root).flatMap(([at, { mailbox }]) => (mailbox ? [mailboxOf(account, at, mailbox)] : []));
      return mailboxEntries(mailboxes, all.subscribed);
    },

    async find(account, asked) {
      const at = parseMailboxName(asked);
      const mailbox = at === undefined ? undefined : (await table.find(account, at))?.mailbox;
      return mailbox && mailboxOf(account, at ?? '', mailbox);
    },

    async create(account, asked, specialUse) {
      // "foo/" announces that names will come below it (RFC 9051 section 6.3.4).
      const at = parseMailboxName(asked.endsWith(separator) ? asked.slice(0, -1) : asked);
      if (at === undefined) return 'bad-name';
      const made = await change<Mailbox>(account, async (names) => {
        if ((await names.find(at))?.mailbox !== undefined) return 'exists';
        if (specialUse !== undefined && names.hasUse(specialUse)) return 'use-taken';
        return mailboxOf(account, at, await names.make(at, { specialUse }));
      });
      if (!isRefusal(made)) await tellOf(account);
      return made;
    },

    async rename(account, from, to) {
      const [old, at] = [parseMailboxName(from), parseMailboxName(to)];
      if (old === undefined) return 'no-such-mailbox';
      if (at === undefined) return 'bad-name';
      if (old === 'INBOX') {
        const emptied = await renameInbox({ change, messages }, account, at);
        if (emptied === 'renamed') await tellOf(account);
        return emptied;
      }
      const renamed = await change<'renamed'>(account, async (names) => {
        const there = await names.find(at);
        if (there?.mailbox !== undefined) return 'exists';
        const node = await names.find(old);
        if (node === undefined) return 'no-such-mailbox';
        if (at.startsWith(`${old}${separator}`)) return 'bad-name';
        if (node.inferiors > 0 && !(await staysValid(table, account, node, at))) return 'bad-name';
        // The inferiors of both would have to be put together, name by name, and there may be thousands.
        if (there !== undefined && node.inferiors > 0) return 'exists';
        await names.move(node, at);
        return 'renamed';
      });
      if (renamed === 'renamed') await tellOf(account);
      return renamed;
    },

    async delete(account, asked) {
      const at = parseMailboxName(asked);
      if (at === undefined) return 'no-such-mailbox';
      if (at === 'INBOX') return 'is-inbox';
      const gone = await change<{ readonly mailbox: MailboxId; readonly watchers: readonly TalkAddress[] }>(account, async (names) => {
        const node = await names.find(at);
        if (node?.mailbox === undefined) return node === undefined ? 'no-such-mailbox' : 'has-children';
        const mailbox = node.mailbox.id;
        names.unmake(node);
        return { mailbox, watchers: await watching(mailbox) };
      });
      if (isRefusal(gone)) return gone;
      teller?.tell(gone.mailbox, gone.watchers);
      await tellOf(account);
      return 'deleted';
    },

    ...mailboxRights({
      table,
      change,
      changed: async (mailbox, owner, identifier) => {
        teller?.tell(mailbox, await watching(mailbox));
        await tellOf(owner, whoseRights(identifier));
      },
    }),

    async subscribe(account, asked, on) {
      const at = parseSubscribedName(asked);
      if (at === undefined) return 'bad-name';
      const done = on ? await subscribe(table, account, at) : await unsubscribe(table, account, at);
      if (done === 'done') await tellOf(account);
      return done;
    },
  };
}

/** A name below may get too long or too deep. */
async function staysValid(table: NameTable, account: AccountId, { id }: NameNode, to: string): Promise<boolean> {
  const below = namesBelow((await table.all(account))?.nodes ?? [], id).map(([name]) => to + separator + name);
  return below.every((name) => parseMailboxName(name) === name);
}

const refusals: ReadonlySet<unknown> = new Set<MailboxRefusal>([
  'exists',
  'no-such-mailbox',
  'has-children',
  'is-inbox',
  'bad-name',
  'too-many',
  'use-taken',
]);

const isRefusal = (done: unknown): done is MailboxRefusal => refusals.has(done);
