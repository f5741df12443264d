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

  /** Before an account: when it last opened its maildrop. */
  lastLoginPrefix: 'a/',
  /** ms. */
  loginAt: 'at',
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

/** Names of the objects that tell what may stand in the texts of a mailbox's messages, each of so many UIDs. */
export const textPackKeys = {
  prefix: 'texts/',
  pack: (mailbox: string, number: number): string => `texts/${mailbox}/${number}`,
} as const;

/** Before what was found in the spool's part of the bucket without a row that names it. The bucket removes it after some weeks. */
export const orphanPrefix = 'orphans/';

/** Where tidying stopped, in the table of mail, for its next run. */
export const tidyShape = {
  partition: 'tidy',
  /** Sort key: of bodies that nobody knows of. */
  orphans: 'orphans',
  /** Key of the object behind which the next run begins. */
  from: 'from',
} as const;
