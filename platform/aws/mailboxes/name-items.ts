import type { Acl } from '../../../core/accounts/acl.ts';
import { aclOf, aclText } from '../../../core/accounts/acl-text.ts';
import { separator } from '../../../core/mailbox/mailbox-name.ts';
import type { Mailbox, SpecialUse } from '../../../core/mailbox/mailbox-store.ts';
import type { AccountId } from '../../../core/values/address.ts';
import type { MailboxId } from '../../../core/values/ids.ts';
import { type Key, mailKey, number, partitionOf } from '../accounts/account-items.ts';
import { type Attributes, optionalText, optionalWhole, text, wholeNumber } from '../dynamodb/attributes.ts';
import { mailTableShape as mail, accountShape as shape } from '../mail-shapes.ts';

/** The parent of the first level. */
export const root = '';

/** One level of a name. One without a mailbox is there for what is below it. */
export interface NameNode {
  /** Id of the level above. */
  readonly parent: string;
  readonly leaf: string;
  readonly id: string;
  readonly mailbox: NamedMailbox | undefined;
  /** How many names stand right below. */
  readonly inferiors: number;
  /** INBOX is being renamed to this name: messages may be missing. */
  readonly filling: boolean;
}

export interface NamedMailbox {
  readonly id: MailboxId;
  readonly uidValidity: number;
  readonly specialUse: SpecialUse | undefined;
  readonly acl: Acl | undefined;
}

export const nameKey = (account: AccountId, { parent, leaf }: Pick<NameNode, 'parent' | 'leaf'>): Key =>
  mailKey(partitionOf(account), `${shape.namePrefix}${parent}${separator}${leaf}`);

export function aclAttribute(name: string, acl: Acl | undefined): Attributes {
  const kept = aclText(acl);
  return kept === undefined ? {} : { [name]: { S: kept } };
}

export const nameItem = (account: AccountId, node: NameNode): Attributes => ({
  ...nameKey(account, node),
  [shape.id]: { S: node.id },
  [shape.inferiors]: number(node.inferiors),
  ...(node.mailbox === undefined ? {} : mailboxAttributes(node.mailbox)),
  ...(node.filling ? { [shape.filling]: { BOOL: true } } : {}),
});

const mailboxAttributes = ({ id, uidValidity, specialUse, acl }: NamedMailbox): Attributes => ({
  [shape.mailbox]: { S: id },
  [shape.mailboxUidValidity]: number(uidValidity),
  ...(specialUse === undefined ? {} : { [shape.specialUse]: { S: specialUse } }),
  ...aclAttribute(shape.acl, acl),
});

export function nameNodeOf(item: Attributes): NameNode {
  const sortKey = text(item[mail.sortKey], 'sort key of a name');
  const [parent = root, leaf = ''] = sortKey.slice(shape.namePrefix.length).split(separator); // neither ids nor levels have one
  return {
    parent,
    leaf,
    id: text(item[shape.id], `id of ${sortKey}`),
    mailbox: namedMailboxOf(item, sortKey),
    inferiors: optionalWhole(item[shape.inferiors], `inferiors of ${sortKey}`) ?? 0,
    filling: item[shape.filling]?.BOOL === true,
  };
}

function namedMailboxOf(item: Attributes, where: string): NamedMailbox | undefined {
  const id = item[shape.mailbox]?.S;
  if (id === undefined) return undefined;
  const specialUse = item[shape.specialUse]?.S as SpecialUse | undefined;
  const uidValidity = wholeNumber(item[shape.mailboxUidValidity], `UIDVALIDITY of ${where}`);
  return { id: id as MailboxId, uidValidity, specialUse, acl: aclOf(optionalText(item[shape.acl])) };
}

export const mailboxOf = (account: AccountId, name: string, { id, uidValidity, specialUse, acl }: NamedMailbox): Mailbox => ({
  id,
  account,
  name,
  uidValidity,
  ...(specialUse === undefined ? {} : { specialUse }),
  ...(acl === undefined ? {} : { acl }),
});
