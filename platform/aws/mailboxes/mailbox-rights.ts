import {
  type Acl,
  type AclChange,
  changedAcl,
  emptyAcl,
  type Identifier,
  mentionedIn,
  withoutMention,
} from '../../../core/accounts/acl.ts';
import { aclOf } from '../../../core/accounts/acl-text.ts';
import { parseMailboxName } from '../../../core/mailbox/mailbox-name.ts';
import type { MailboxRefusal, MailboxStore } from '../../../core/mailbox/mailbox-store.ts';
import type { AccountId } from '../../../core/values/address.ts';
import type { MailboxId } from '../../../core/values/ids.ts';
import { optionalText } from '../dynamodb/attributes.ts';
import { mailboxShape } from '../mail-shapes.ts';
import { untilApplied } from '../until-applied.ts';
import { mailboxGone, rowKey } from './mailbox-row.ts';
import { hasTooManySharers, mentionKey, ownersWhoMention } from './mentions.ts';
import { type ChangeNames, NameChange } from './name-change.ts';
import { root } from './name-items.ts';
import { type NameTable, namesBelow } from './name-table.ts';

type RightsStore = Pick<MailboxStore, 'changeRights' | 'acl' | 'sharers'>;

interface RightsDeps {
  readonly table: NameTable;
  readonly change: ChangeNames;
  /** Called once it is done: sessions there may have lost their rights. */
  readonly changed: (mailbox: MailboxId, owner: AccountId, identifier: Identifier) => Promise<void>;
}

/** Lists of rights stand with the name, where whoever reaches the mailbox reads them, and in its row, where sessions in it meet them with its changes. */
export function mailboxRights({ table, change, changed }: RightsDeps): RightsStore {
  return {
    async changeRights(account, asked, identifier, wanted) {
      const at = parseMailboxName(asked);
      if (at === undefined) return 'no-such-mailbox';
      const done = await change<{ readonly mailbox: MailboxId }>(account, async (names) => {
        const node = await names.find(at);
        if (node?.mailbox === undefined) return 'no-such-mailbox';
        const acl = await allowedAcl(table, account, node.mailbox.acl, identifier, wanted);
        if (acl === 'too-many') return 'too-many';
        names.setRights(node, acl);
        return { mailbox: node.mailbox.id };
      });
      if (typeof done === 'string') return done;
      await changed(done.mailbox, account, identifier);
      return 'done';
    },

    async acl(mailbox) {
      const row = await table.get(rowKey(mailbox));
      if (row === undefined) throw mailboxGone(mailbox);
      return aclOf(optionalText(row[mailboxShape.acl])) ?? emptyAcl;
    },

    async sharers(identifiers) {
      const owners = await Promise.all(identifiers.map((one) => ownersWhoMention(table, one)));
      return [...new Set(owners.flat())].sort();
    },
  };
}

async function allowedAcl(
  table: NameTable,
  owner: AccountId,
  before: Acl = emptyAcl,
  identifier: Identifier,
  wanted: AclChange,
): Promise<Acl | 'too-many'> {
  const acl = changedAcl(before, owner, identifier, wanted);
  if (acl === 'too-many') return 'too-many';
  const old = mentionedIn(before, owner);
  for (const one of mentionedIn(acl, owner)) {
    if (!old.has(one) && (await hasTooManySharers(table, one, owner))) return 'too-many';
  }
  return acl;
}

/** Takes an account that was removed out of all lists: whoever gets the address after them is somebody else. Safe to repeat. @param isOver no step is begun any more */
export async function forgetMentions(table: NameTable, identifier: Identifier, now: number, isOver: () => boolean): Promise<boolean> {
  for await (const page of table.query(mentionKey(identifier, '' as AccountId).pk?.S ?? '', '')) {
    for (const owner of page.map((item) => (item.sk?.S ?? '') as AccountId)) {
      if (isOver()) return false;
      await forgetIn(table, owner, identifier, now);
    }
  }
  return true;
}

async function forgetIn(table: NameTable, owner: AccountId, identifier: Identifier, now: number): Promise<void> {
  const nodes = namesBelow((await table.all(owner))?.nodes ?? [], root);
  for (const [at, { mailbox }] of nodes) {
    if (!mentionedIn(mailbox?.acl, owner).has(identifier)) continue;
    await untilApplied<'done' | MailboxRefusal>(table.client, async () => {
      const own = await table.own(owner);
      if (own?.passwordHash === undefined) return { answer: 'done' };
      const names = new NameChange({ table, account: owner, own, newId: makesNone, now });
      const node = await names.find(at);
      if (node?.mailbox === undefined) return { answer: 'done' };
      names.setRights(node, withoutMention(node.mailbox.acl ?? emptyAcl, identifier));
      return { writes: await names.writes(), done: 'done' };
    });
  }
}

const makesNone = (): never => {
  throw new Error('no name is made here');
};
