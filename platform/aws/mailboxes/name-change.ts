import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { type Acl, type Identifier, mentionedIn } from '../../../core/accounts/acl.ts';
import { aclText } from '../../../core/accounts/acl-text.ts';
import { separator } from '../../../core/mailbox/mailbox-name.ts';
import type { MailboxRefusal, SpecialUse } from '../../../core/mailbox/mailbox-store.ts';
import type { AccountId } from '../../../core/values/address.ts';
import type { MailboxId, NewId } from '../../../core/values/ids.ts';
import { mailKey, nextUidValidity, type OwnItem, ownKey } from '../accounts/account-items.ts';
import { Expression } from '../dynamodb/expression.ts';
import { mailTableShape as mail, mailboxShape, accountShape as shape } from '../mail-shapes.ts';
import { newMailboxRow, rowKey } from './mailbox-row.ts';
import { mentionWrites, sharesTooMuch } from './mentions.ts';
import { type NamedMailbox, type NameNode, nameItem, nameKey, root } from './name-items.ts';
import type { NameTable } from './name-table.ts';

export interface NameChangeDeps {
  readonly table: NameTable;
  readonly account: AccountId;
  /** As it was read before anything else. */
  readonly own: OwnItem;
  readonly newId: NewId;
  /** ms since the epoch. */
  readonly now: number;
}

/** Changes an account's names, as often as others are faster. @param change tells what is to become of them; nothing is written when it refuses */
export type ChangeNames = <T>(
  account: AccountId,
  change: (names: NameChange) => Promise<T | MailboxRefusal>,
) => Promise<T | MailboxRefusal>;

/**
 * A change of an account's names before it is written: the levels that it read, and what is to become of them. It is one transaction, on condition
 * that all it read is still so. For most this is what the version in the account's item says; but a transaction's items become visible one by one,
 * so the new version may be read before the names that belong to it, and every level on the way is checked too.
 */
export class NameChange {
  readonly #deps: NameChangeDeps;
  readonly #nodes = new Map<string, { readonly before: NameNode | undefined; now: NameNode | undefined }>();
  readonly #uses: Set<SpecialUse>;
  readonly #made: NamedMailbox[] = [];
  readonly #gone: MailboxId[] = [];
  /** Lists of rights of mailboxes that are there already. */
  readonly #rights = new Map<MailboxId, Acl>();
  /** In how many more lists each identifier is to stand. */
  readonly #mentions = new Map<Identifier, number>();
  #uidValidity: number;

  constructor(deps: NameChangeDeps) {
    this.#deps = deps;
    this.#uses = new Set(deps.own.uses);
    this.#uidValidity = deps.own.uidValidity;
  }

  /** Names that there will be. */
  get names(): number {
    const more = [...this.#nodes.values()].map(({ before, now }) => Number(now !== undefined) - Number(before !== undefined));
    return more.reduce((sum, one) => sum + one, this.#deps.own.names);
  }

  /** More than what may be shared with one identifier would be. */
  sharesTooMuch(): Promise<boolean> {
    return sharesTooMuch(this.#deps.table, this.#deps.account, this.#mentions);
  }

  hasUse(use: SpecialUse): boolean {
    return this.#uses.has(use);
  }

  async find(name: string): Promise<NameNode | undefined> {
    let found: NameNode | undefined;
    for (const leaf of name.split(separator)) {
      found = await this.#load(found?.id ?? root, leaf);
      if (found === undefined) return undefined;
    }
    return found;
  }

  /** Levels above that have no mailbox get one (RFC 9051 section 6.3.4). @param mailbox another's, which gets this name. @default a new one */
  async make(name: string, { specialUse, mailbox, filling = false }: Making = {}): Promise<NamedMailbox> {
    const parent = await this.#parentOf(name);
    const made = mailbox ?? this.#newMailbox(specialUse, this.#byId(parent)?.mailbox?.acl);
    const there = await this.#load(parent, leafOf(name));
    if (there === undefined) this.#add({ parent, leaf: leafOf(name), id: this.#deps.newId(), mailbox: made, inferiors: 0, filling });
    else this.#set({ ...there, mailbox: made, filling });
    return made;
  }

  /** A level that has something below it stays. */
  unmake(node: NameNode): void {
    if (node.mailbox === undefined) return;
    this.#gone.push(node.mailbox.id);
    this.#mention(node.mailbox.acl, -1);
    if (node.mailbox.specialUse !== undefined) this.#uses.delete(node.mailbox.specialUse);
    this.#set({ ...node, mailbox: undefined, filling: false });
    this.#prune(node.id);
  }

  /** With all that is below it, to a name that is not there; without, to a level that has no mailbox too. */
  async move(node: NameNode, name: string): Promise<void> {
    const parent = await this.#parentOf(name);
    const there = await this.#load(parent, leafOf(name));
    const { mailbox, filling } = this.#byId(node.id) ?? node;
    this.#remove(this.#byId(node.id) ?? node);
    if (there === undefined) this.#add({ ...node, parent, leaf: leafOf(name) });
    else this.#set({ ...(this.#byId(there.id) ?? there), mailbox, filling });
    this.#prune(node.parent);
  }

  setRights(node: NameNode, acl: Acl): void {
    if (node.mailbox === undefined) return;
    this.#mention(node.mailbox.acl, -1);
    this.#mention(acl, 1);
    this.#rights.set(node.mailbox.id, acl);
    this.#set({ ...node, mailbox: { ...node.mailbox, acl } });
  }

  filled(node: NameNode): void {
    this.#set({ ...node, filling: false });
  }

  /** Of the transaction. The first is that of the account's own item. */
  async writes(): Promise<readonly TransactWriteItem[]> {
    const { table, account } = this.#deps;
    const TableName = table.name;
    return [
      this.#ownWrite(),
      ...[...this.#nodes.values()].flatMap(({ before, now }) => nodeWrite(TableName, account, before, now)),
      ...this.#made.map((mailbox) => ({ Put: { TableName, Item: newMailboxRow(mailbox) } })),
      ...this.#gone.flatMap((mailbox) => doomWrites(TableName, mailbox)),
      ...[...this.#rights].map(([mailbox, acl]) => rightsWrite(TableName, mailbox, acl)),
      ...(await mentionWrites(table, account, this.#mentions)),
    ];
  }

  #ownWrite(): TransactWriteItem {
    const { table, account, own } = this.#deps;
    const x = new Expression();
    const version = x.name(shape.treeVersion);
    const isLive = `attribute_exists(${x.name(shape.passwordHash)}) AND ${version} = ${x.number(own.treeVersion)}`;
    const sets = [
      `${version} = ${x.number(own.treeVersion + 1)}`,
      `${x.name(shape.uidValidity)} = ${x.number(this.#uidValidity)}`,
      `${x.name(shape.names)} = ${x.number(this.names)}`,
    ];
    const uses = x.name(shape.uses);
    const update =
      this.#uses.size === 0
        ? `SET ${sets.join(', ')} REMOVE ${uses}`
        : `SET ${[...sets, `${uses} = ${x.value({ SS: [...this.#uses] })}`].join(', ')}`;
    return {
      Update: {
        TableName: table.name,
        Key: ownKey(account),
        UpdateExpression: update,
        ConditionExpression: isLive,
        ExpressionAttributeNames: x.names,
        ExpressionAttributeValues: x.values,
      },
    };
  }

  async #load(parent: string, leaf: string): Promise<NameNode | undefined> {
    const key = keyOf({ parent, leaf });
    const known = this.#nodes.get(key);
    if (known !== undefined) return known.now;
    const before = await this.#deps.table.node(this.#deps.account, parent, leaf);
    this.#nodes.set(key, { before, now: before });
    return before;
  }

  /** @returns the id of the level above, which is there from now on, as are all above it */
  async #parentOf(name: string): Promise<string> {
    let parent = root;
    let acl: Acl | undefined;
    for (const leaf of name.split(separator).slice(0, -1)) {
      const there = await this.#load(parent, leaf);
      const node = there ?? { parent, leaf, id: this.#deps.newId(), mailbox: undefined, inferiors: 0, filling: false };
      if (there === undefined) this.#add(node);
      const known = this.#byId(node.id) ?? node;
      const mailbox = known.mailbox ?? this.#newMailbox(undefined, acl);
      if (known.mailbox === undefined) this.#set({ ...known, mailbox });
      acl = mailbox.acl;
      parent = node.id;
    }
    return parent;
  }

  /** @param acl of the mailbox above, which is its own from now on (RFC 4314 section 4) */
  #newMailbox(specialUse: SpecialUse | undefined, acl: Acl | undefined): NamedMailbox {
    this.#uidValidity = nextUidValidity(this.#uidValidity, this.#deps.now);
    const mailbox = { id: this.#deps.newId() as MailboxId, uidValidity: this.#uidValidity, specialUse, acl };
    if (specialUse !== undefined) this.#uses.add(specialUse);
    this.#made.push(mailbox);
    this.#mention(acl, 1);
    return mailbox;
  }

  #mention(acl: Acl | undefined, more: 1 | -1): void {
    for (const one of mentionedIn(acl, this.#deps.account)) this.#mentions.set(one, (this.#mentions.get(one) ?? 0) + more);
  }

  #add(node: NameNode): void {
    this.#set(node);
    this.#count(node.parent, 1);
  }

  #remove(node: NameNode): void {
    const known = this.#nodes.get(keyOf(node));
    if (known !== undefined) known.now = undefined;
    this.#count(node.parent, -1);
  }

  #count(id: string, more: 1 | -1): void {
    const node = this.#byId(id);
    if (node !== undefined) this.#set({ ...node, inferiors: node.inferiors + more });
  }

  /** A level is there for what is below it. */
  #prune(id: string): void {
    const node = this.#byId(id);
    if (node === undefined || node.mailbox !== undefined || node.inferiors > 0) return;
    this.#remove(node);
    this.#prune(node.parent);
  }

  #set(node: NameNode): void {
    const known = this.#nodes.get(keyOf(node));
    if (known === undefined) this.#nodes.set(keyOf(node), { before: undefined, now: node });
    else known.now = node;
  }

  #byId(id: string): NameNode | undefined {
    for (const { now } of this.#nodes.values()) if (now?.id === id) return now;
    return undefined;
  }
}

interface Making {
  readonly specialUse?: SpecialUse | undefined;
  readonly mailbox?: NamedMailbox | undefined;
  readonly filling?: boolean;
}

const leafOf = (name: string): string => name.slice(name.lastIndexOf(separator) + 1);
const keyOf = ({ parent, leaf }: Pick<NameNode, 'parent' | 'leaf'>): string => `${parent}${separator}${leaf}`;

function nodeWrite(
  TableName: string,
  account: AccountId,
  before: NameNode | undefined,
  now: NameNode | undefined,
): readonly TransactWriteItem[] {
  if (before === undefined && now === undefined) return [];
  if (before === undefined && now !== undefined) {
    const absent = { ConditionExpression: 'attribute_not_exists(#pk)', ExpressionAttributeNames: { '#pk': mail.partitionKey } };
    return [{ Put: { TableName, Item: nameItem(account, now), ...absent } }];
  }
  if (before === undefined) return [];
  const condition = asRead(before);
  if (now === undefined) return [{ Delete: { TableName, Key: nameKey(account, before), ...condition } }];
  if (now === before) return [{ ConditionCheck: { TableName, Key: nameKey(account, before), ...condition } }];
  return [{ Put: { TableName, Item: nameItem(account, now), ...condition } }];
}

function asRead({ id, inferiors, mailbox }: NameNode) {
  const x = new Expression();
  const own = x.name(shape.mailbox);
  const [acl, text] = [x.name(shape.acl), aclText(mailbox?.acl)];
  const ConditionExpression = [
    `${x.name(shape.id)} = ${x.text(id)}`,
    `${x.name(shape.inferiors)} = ${x.number(inferiors)}`,
    mailbox === undefined ? `attribute_not_exists(${own})` : `${own} = ${x.text(mailbox.id)}`,
    text === undefined ? `attribute_not_exists(${acl})` : `${acl} = ${x.text(text)}`,
  ].join(' AND ');
  return { ConditionExpression, ExpressionAttributeNames: x.names, ExpressionAttributeValues: x.values };
}

/** The row's version rises, so that whoever changes the mailbox from what was read before reads it again. */
function rightsWrite(TableName: string, mailbox: MailboxId, acl: Acl): TransactWriteItem {
  const x = new Expression();
  const [version, list, kept] = [x.name(mailboxShape.version), x.name(mailboxShape.acl), aclText(acl)];
  const rise = `SET ${version} = ${version} + ${x.number(1)}`;
  const UpdateExpression = kept === undefined ? `${rise} REMOVE ${list}` : `${rise}, ${list} = ${x.text(kept)}`;
  const ConditionExpression = `attribute_exists(${x.name(mail.partitionKey)})`;
  const names = { ExpressionAttributeNames: x.names, ExpressionAttributeValues: x.values };
  return { Update: { TableName, Key: rowKey(mailbox), UpdateExpression, ConditionExpression, ...names } };
}

/** The mailbox is gone at once; what it left is removed by and by. */
export const doomWrites = (TableName: string, mailbox: MailboxId): readonly TransactWriteItem[] => [
  { Delete: { TableName, Key: rowKey(mailbox) } },
  { Put: { TableName, Item: mailKey(mail.doomed, mailbox) } },
];
