/** Names of keys and attributes of the table of mail, and of the objects that belong to mailboxes. See table-shapes.ts for what holds for all shapes. */

/**
 * Accounts with their passwords, mailboxes and messages. An account is one partition: itself, its mailboxes by name, its subscriptions. A
 * mailbox is another: its row, its messages' flags in blocks, a record per message, what was expunged, what was delivered under which key.
 */
export const mailTableShape = {
  /** `u/` and an account, `b/` and a mailbox's id, or one of the few words below. */
  partitionKey: 'pk',
  sortKey: 'sk',
  /** Seconds since 1970; on what may go by itself alone. */
  expiry: 'ttl',

  accountPrefix: 'u/',
  mailboxPrefix: 'b/',

  /** Sort key of a mailbox's row. A mailbox without one is gone. */
  row: 'row',
  /** Mailboxes whose row was removed: what they left is removed by and by. Sort key: the mailbox's id. */
  doomed: 'doomed',

  /** The partition of the processes that can be talked to, each under its name. */
  processes: 'processes',
  talkAddress: 'at',
  talkKey: 'key',
  /** ms since 1970: after that it is gone, whatever TTL left. */
  listedUntil: 'until',

  /** Partition of all accounts there are; sort key: the account. Of one local part they stand together. */
  accounts: 'accounts',
  /** Partition of all aliases; sort key: the address in lower case. */
  aliases: 'aliases',
  /** Partition of what other processes must hear of: a counter, and an entry per number. TTL sweeps the entries. */
  changes: 'changes',
  /** Before an identifier of lists of rights: partition of the owners of mailboxes in whose lists it stands; sort key: the owner. */
  mentionsPrefix: 'g/',
  /**
   * Before what stands for somebody's names: partition of who watches them, one item, which is shaped as a mailbox's row and whose MODSEQ rises with each
   * change. It is there while somebody watches.
   */
  namesPrefix: 'w/',
  /** Partition of removed accounts whose mailboxes are still to be removed; sort key: the account. */
  leaving: 'leaving',
} as const;

/**
 * Items of an account's partition. Its own item is read by every login and written by every change of its names, which are each an item under
 * their parent's id: so a rename of a name with a thousand below it writes one item. Levels that have no mailbox are names too.
 */
export const accountShape = {
  /** Sort key of the account's own item. A removed account's stays for a while, without a password, so that no number of its is given again. */
  own: 'account',
  /** PHC text. Absent: the account was removed. */
  passwordHash: 'pw',
  credentialVersion: 'cv',
  /** ms since 1970. */
  createdAt: 'ca',
  /** The last UIDVALIDITY that a mailbox of the account got. */
  uidValidity: 'uv',
  /** Rises with each change of a name: every change is made on condition that nobody was faster. */
  treeVersion: 'tv',
  /** Names, levels included; subscriptions. */
  names: 'nn',
  subscriptions: 'ns',
  /** Octets and messages that the account may have, where it differs from the settings. */
  quotaOctets: 'qo',
  quotaMessages: 'qm',
  /** Set of the special uses that mailboxes have. */
  uses: 'us',

  /** Before a parent's id, a slash and a level of a name. The parent of the first level is the empty text. */
  namePrefix: 'n/',
  /** Of a name; its inferiors have it in their keys. It outlives renames, and the mailbox too when there are inferiors. */
  id: 'id',
  /** The mailbox of this name; absent on a level that has none. Its UIDVALIDITY and use go with it. */
  mailbox: 'mb',
  mailboxUidValidity: 'mu',
  specialUse: 'su',
  /** JSON of the mailbox's list of rights. Absent: nobody else has any. */
  acl: 'ac',
  /** How many names stand right below. */
  inferiors: 'c',
  /** Since INBOX is being renamed to this name, until its messages are here. */
  filling: 'fi',

  /** Before a subscribed name. */
  subscriptionPrefix: 's/',

  /** Of an owner under an identifier: in how many of the owner's lists of rights it stands. */
  mentions: 'n',
} as const;

/** Of the counter and the entries of the partition of changes. */
export const changeShape = {
  /** Sort key of the counter. Entries have their number, twelve digits. */
  counter: 'counter',
  count: 'n',
  entryPrefix: 'e/',
  account: 'acc',
  /** ms since 1970. */
  at: 'at',
} as const;

/**
 * Items of a mailbox's partition. Its row is written by every change, its blocks by most: their names are of one or two letters. How binary
 * attributes are laid out is told where they are packed.
 */
export const mailboxShape = {
  /** Of the row. Rises with each write of it: every change is made on condition that nobody was faster. */
  version: 'v',
  uidValidity: 'uv',
  uidNext: 'un',
  highestModseq: 'hm',
  messages: 'n',
  unseen: 'us',
  deleted: 'dl',
  /** Octets. */
  size: 'sz',
  recent: 'rc',
  /** The lowest UID that no session has claimed as \\Recent. */
  recentFrom: 'rf',
  /** Blocks below this number have no message any more. */
  firstBlock: 'fb',
  /** Binary: the last changes, each with its MODSEQ, its id, the blocks it touched. */
  changes: 'ch',
  /** As the name's: sessions in the mailbox read the row and not the name. */
  acl: 'ac',
  /** Map of who watches to until when, ms. */
  watchers: 'w',
  /** Map: a change in many steps that has the right to the next UIDs. */
  hold: 'h',
  /** Rises with each hold. */
  holds: 'hs',
  /** Sort key of what a MOVE of very many messages takes away, until all blocks say so themselves. */
  leaving: 'lv',

  /** Before the number of a block of flags, eight digits. */
  blockPrefix: 'f/',
  /** Binary: UIDs, flags, MODSEQs and sizes. */
  flags: 'f',
  /** Text: keywords that stand in the block, between spaces. Absent when there is none. */
  keywords: 'k',

  /** Before a UID, ten digits: of a message's record. */
  recordPrefix: 'm/',
  body: 'b',
  /** Sort key of the item by which this message owns its body. */
  owner: 'o',
  /** Header octets as binary. */
  prefix: 'p',
  /** ms since 1970. */
  internalDate: 'd',
  /** ms since 1970: when it came into this mailbox. Absent: before such dates were kept. */
  savedAt: 'sd',
  /** Octets, without the prefix. */
  bodySize: 's',
  /** Binary: deflated JSON. Absent: long ones are in the bucket, beside the body. */
  facts: 'j',

  /** Before a MODSEQ, twenty digits: what was expunged by it. */
  expungedPrefix: 'x/',
  /** Binary: ranges of UIDs. */
  uids: 'u',
  /** How many items tell of one change. Absent: this one alone. */
  parts: 'ps',

  /** Before a delivery key. TTL sweeps the item when no spool row can have the key any more. */
  deliveredPrefix: 'd/',
  uid: 'i',

  /** Of a block or record that was written before the change it belongs to: the number of its hold. */
  heldBy: 'e',
} as const;

/** What a mailbox's row is asked for where nothing but counts is wanted: rights that go no further name these. */
export const countingAttributes = [
  mailTableShape.partitionKey,
  mailTableShape.sortKey,
  mailboxShape.messages,
  mailboxShape.unseen,
  mailboxShape.deleted,
  mailboxShape.size,
  mailboxShape.recent,
  mailboxShape.uidNext,
  mailboxShape.highestModseq,
] as const;

/**
 * Annotations: an item for each set that is read and written as one. Those of a mailbox and its owner are in the mailbox's partition, and go with
 * it; others in one of the account.
 */
export const annotationShape = {
  /** Partition: before an account. */
  accountPrefix: 'a/',
  /** Sort keys in it: of the server; before the id of another's mailbox. */
  server: 'server',
  mailboxPrefix: 'b/',
  /** Sort keys in a mailbox's partition: of all who reach it; of its owner alone. */
  shared: 'a/shared',
  own: 'a/own',

  /** Rises with each write. */
  version: 'v',
  /** Map of names to binary values. */
  entries: 'e',
} as const;

/** Whose body is whose: a partition per body, an item per message that has it. And what must be looked at again should its process have died. */
export const ownershipShape = {
  /** Partition: before a body's id. Sort key: random. */
  ownersPrefix: 'o/',
  /** Of an owner, ms since 1970: another was added on condition that it was there. */
  copiedAt: 'c',
  /** Partition: before a shard. */
  openPrefix: 'open/',
  shards: 16,
  /** Sort keys in it: a body that is being taken over; records and bodies that an expunge left; a copy of many messages. */
  takenPrefix: 't/',
  expungedPrefix: 'x/',
  copiedPrefix: 'c/',
  /** ms since 1970. */
  since: 'at',
  /** On a body that is being taken over: the staged one, which goes when that is done. */
  staged: 's',
  mailbox: 'b',
  modseq: 'm',
  hold: 'h',
  /** Of a copy: its lowest and highest UID. */
  uids: 'u',
} as const;

/** Names of objects that belong to mailboxes; `id` is a body's without its mark. */
export const mailBodyKeys = {
  /** Before the ids of bodies that belong to mailboxes. Ids of the spool's begin with a digit. */
  mark: 'm',
  body: (id: string): string => `mail/${id}`,
  facts: (id: string): string => `mail/${id}.facts`,
} as const;
