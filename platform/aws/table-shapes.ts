/**
 * Names of keys and attributes of our DynamoDB tables. The CDK app makes the tables from them and the adapters write by them, so that the two
 * cannot drift apart. A change of a partition key makes CloudFormation replace the table. Names in items that many processes write are short:
 * each write is paid by the size of its item.
 */
export const slotTableShape = {
  /** What is counted under a limit, or a holder: both kinds of rows stand in one table. */
  partitionKey: 'pk',
  /** Seconds since 1970, as DynamoDB's TTL reads them; leases and all else of ours are in ms. */
  expiry: 'ttl',

  /** Before a slot key. */
  keyPrefix: 'k/',
  /** After it, before the number of a part and the slot key that the part is of. */
  partPrefix: 'part/',
  /** Sum of the entries. */
  count: 'n',
  /** The limit in force, on keys of totals. */
  limit: 'lim',
  /** Version of the settings that it was last taken from, where it was written beside them. */
  limitVersion: 'lv',
  /** Before the id of a holder whose entry it is: `[count, version]`. No other attribute of a key begins so. */
  entryPrefix: 'h',

  /** Before the id of a holder. */
  holderPrefix: 'h/',
  /** `live` or `dead`. */
  state: 'state',
  /** Store time, ms. */
  leaseUntil: 'leaseUntil',
  /** Requests that wait for the holder, in order. */
  asks: 'asks',

  /** The one item of all set values: every process that takes slots reads it with its heartbeat. */
  settingsKey: 's/settings',
  /** Rises with each write. */
  version: 'v',
  /** Map of name to text. */
  values: 'values',

  /** Before a network and the number of ten minutes since 1970: its failed logins in them. */
  loginPrefix: 'l/',
  /** Before the number of ten seconds in them: how many there were. */
  failuresPrefix: 'f',
} as const;

/**
 * Accepted messages not yet delivered: one item per message and next hop, under its message. Two sparse indexes find what may be taken: both
 * are sorted by the later of next attempt and claim's end, and held rows are in neither. Each is spread over shards by the message, because
 * one partition of an index takes 1,000 writes/s and would slow the table with it.
 */
export const spoolTableShape = {
  /** Id of the message. */
  partitionKey: 'm',
  /** Which of its next hops: a whole number. */
  sortKey: 'p',
  /** Of one next hop, by `hopShards` shards: `<hop>#<shard>`, where mailboxes here are the empty hop. */
  hopIndex: 'hop-at',
  hopKey: 'hk',
  hopShards: 4,
  /** Of all next hops, for the sweep: `<shard>`. */
  dueIndex: 'due-at',
  dueKey: 'dk',
  dueShards: 8,
  /** ms since 1970: when the row may be taken; sort key of both indexes. */
  readyAt: 'at',

  hop: 'hop',
  body: 'b',
  /** JSON of the message's facts. Long ones are in the bucket, and this is absent. */
  facts: 'f',
  reversePath: 'rp',
  /** JSON, as the two below. */
  recipients: 'to',
  wishes: 'w',
  history: 'hi',
  eightBit: 'e8',
  utf8: 'u8',
  submittedBy: 'by',
  acceptedAt: 'ac',
  nextAttemptAt: 'na',
  attempts: 'tr',
  lastError: 'er',
  via: 'via',
  held: 'held',
  claimedBy: 'cb',
  claimedUntil: 'cu',
  /** On the first row of a message with more rows than one transaction takes: how many there are in all, until the last of them is in the indexes. */
  rowsToShow: 'show',
} as const;

/**
 * Accounts at other servers that mail is collected from. Three kinds of items: the directory, one partition with an entry per name, so that names
 * are unique and a listing reads no more than there are; each source, alone in a partition; and beside it, in the same partition, an item per
 * message that its server lists, so that no item grows with a maildrop. One sparse index finds the sources that may be claimed. It stands in one
 * partition: sources are bounded (10,000), and with the shortest interval all of them write some hundreds of its 1,000 units/s.
 */
export const collectTableShape = {
  /** `directory`, or `s/` and the source's id. */
  partitionKey: 'pk',
  /** In the directory the name; `source`; or `u/` and what the server calls the message. */
  sortKey: 'sk',
  directory: 'directory',
  sourcePrefix: 's/',
  source: 'source',
  memoryPrefix: 'u/',

  /** Of all sources that are enabled, by `readyAt`. */
  dueIndex: 'due-at',
  /** On enabled sources alone: `due`. */
  dueKey: 'dk',
  due: 'due',
  /** ms since 1970: the later of the next run and the claim's end. */
  readyAt: 'at',

  /** Of an entry of the directory. */
  id: 'id',

  name: 'nm',
  host: 'host',
  port: 'port',
  tls: 'tls',
  user: 'user',
  secret: 'sec',
  /** Days; absent: for ever. */
  keep: 'keep',
  account: 'acc',
  nextRunAt: 'nr',
  failures: 'f',
  /** Seconds. */
  loginDelay: 'ld',
  collected: 'n',
  /** JSON of the report. */
  lastRun: 'run',
  lastSuccessAt: 'ok',
  claimedBy: 'cb',
  claimedUntil: 'cu',

  /** Of a message: exactly one of these. The id it was begun under; since when it is here, ms; the octets that were too many. */
  message: 'm',
  collectedAt: 'c',
  octets: 'o',
} as const;

/**
 * Peers that failed, and caps they were learnt to have: one item each, swept by TTL a day after they are over. And MTA-STS policies of other domains,
 * swept when their max_age is over: whoever sends mail asks for both.
 */
export const failureTableShape = {
  /** As peerKey writes it; of a cap with `cap/` before it; `sts/` and a domain. */
  partitionKey: 'pk',
  /** Seconds since 1970. */
  expiry: 'ttl',
  /** Before the key of a host whose cap it is. */
  capPrefix: 'cap/',

  name: 'nm',
  reason: 'why',
  firstAt: 'fst',
  lastAt: 'lst',
  count: 'n',
  until: 'til',
  held: 'held',
  trialBy: 'tby',
  trialUntil: 'ttil',
  /** Of a cap. */
  connections: 'con',
  reply: 'rep',

  /** Before the domain whose policy it is. */
  policyPrefix: 'sts/',
  policyId: 'id',
  /** As RFC 8461 section 3.2 has it. */
  policy: 'pol',
  fetchedAt: 'fet',
} as const;

/**
 * Who has mail here, without a word of passwords: whoever sends reports may read all of it. An item per address, one per domain with how many
 * addresses stand in it, and one that names the first account.
 */
export const addressTableShape = {
  partitionKey: 'pk',
  /** Before an address in lower case. */
  addressPrefix: 'a/',
  /** Before a domain. */
  domainPrefix: 'd/',
  /** The one item that names the first account. */
  firstKey: 'first',
  account: 'acc',
  /** List of texts, of an alias. */
  targets: 'to',
  /** As it was written. */
  written: 'as',
  /** Addresses in a domain; rises with each alias that is added, in the item of aliases. */
  count: 'n',
  /** The one item that every added alias writes: two that would lead to each other can't both be. */
  aliasesKey: 'aliases',
} as const;

/** Names of objects in the bucket of bodies, by the body's id. */
export const bodyKeys = {
  body: (id: string): string => `spool/${id}`,
  /** JSON of the message's facts, when they are too long for a row. */
  facts: (id: string): string => `spool/${id}.facts`,
} as const;

/** Before what was found in the spool's part of the bucket without a row that names it. The bucket removes it after some weeks. */
export const orphanPrefix = 'orphans/';

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
  /** How many names stand right below. */
  inferiors: 'c',
  /** Since INBOX is being renamed to this name, until its messages are here. */
  filling: 'fi',

  /** Before a subscribed name. */
  subscriptionPrefix: 's/',
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

/** Where tidying stopped, in the table of mail, for its next run. */
export const tidyShape = {
  partition: 'tidy',
  /** Sort key: of bodies that nobody knows of. */
  orphans: 'orphans',
  /** Key of the object behind which the next run begins. */
  from: 'from',
} as const;
