/** What one operation asks of the tables and the bucket. */
export interface Asked {
  /** Write units of DynamoDB. */
  readonly writes?: number;
  /** Read units of DynamoDB. */
  readonly reads?: number;
  /** PUT, COPY and LIST requests of S3. */
  readonly puts?: number;
  readonly gets?: number;
}

/**
 * What operations ask for, by DynamoDB's rules over real items: slots as `npm run bench -- write-units` counts them (low load, where nothing is
 * shared), mailboxes as `npm run bench -- mailbox-units` does, accounts, talk and spool as their ADRs tell (0021, 0023, 0019), for a message with a
 * plain and an HTML part. A transaction costs twice.
 */
export const operations = {
  /** A session's slots: its address, and its account, taken and given back. */
  smtpSession: { writes: 2 },
  msaSession: { writes: 4 },
  imapSession: { writes: 4 },
  /** And the lock of its maildrop. */
  pop3Session: { writes: 6 },
  /** FETCH and SEARCH slots linger: 0.03 units a command of an account with long sessions, 1.4 of one with short ones (0001). */
  countedCommand: { writes: 0.13 },
  /** The account, and the failed logins of the client's network. */
  login: { reads: 3 },
  /** Whether an address has mail here. */
  recipient: { reads: 1 },

  /** A row of 1 to 2 KB put in a transaction, and into both indexes; its body as an object. */
  accept: { writes: 6, puts: 1 },
  /** Found in the shards of its next hop, claimed, which moves it in both indexes, and ended; then it is looked for others of its message. */
  spoolRow: { writes: 10, reads: 4 },
  /** A copy in a mailbox: where the INBOX is, the row of the spool; the mailbox's row, block, record, owner and delivery key; the body copied. */
  deliver: { writes: 12, reads: 5, puts: 1 },
  /** Failure cache, MTA-STS policy, slots of the session and of the destination, its heartbeats. */
  outboundSession: { writes: 8, reads: 4 },

  /** The mailbox found, its row; the blocks of flags come on top: see `readsOfBlock`. */
  select: { reads: 3 },
  /** Of a message alone: the mailbox's row, its block and its record, and the body. */
  fetch: { reads: 3, gets: 1 },
  /** STORE on one message. */
  store: { writes: 4, reads: 3 },
  /** EXPUNGE of one message, with the record and the body that it leaves. */
  expunge: { writes: 11, reads: 6 },
  /** A mailbox that is watched by IDLE, an hour: a look each minute, and the watcher's entry in the row every eleven. */
  watchedHour: { writes: 5.4, reads: 60 },
} as const satisfies Record<string, Asked>;

export type Operation = keyof typeof operations;

/** Octets in tables for each message kept: its record of 564, its owner's item and its part of a block, with what DynamoDB adds to each item. */
export const messageItemBytes = 900;
/** Messages whose flags stand in one item. */
export const blockMessages = 64;
/** Of a block as SELECT reads it, 418 octets at most. */
export const readsOfBlock = 0.104;
/** Of a message as a search through headers reads it, many side by side. */
export const readsOfRecord = 0.17;

/** A listener that lives: its lease each 10 s, its place in the list of processes each minute, its look at the settings each 5 s. */
export const processHour = { writes: 420, reads: 720 } as const satisfies Asked;

/** Requests of a queue for each wake-up: sent, received, removed. */
export const requestsPerWakeUp = 3;
/** What polls each queue while nothing is in it: Lambda keeps five long polls of 20 s. */
export const emptyPollsPerQueueHour = 5 * 180;
