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
 * shared), the spool and mailboxes as the ADRs on them tell, for a message with a plain and an HTML part. A transaction costs twice.
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
  /** A login reads the account; who has logged in lately is remembered by the process. */
  login: { reads: 1 },
  /** Whether an address has mail here. */
  recipient: { reads: 1 },

  /** A row of 1 to 2 KB put in a transaction, and into both indexes; its body as an object. */
  accept: { writes: 6, puts: 1 },
  /** A claim moves the row in both indexes; then it goes, and is looked for. */
  spoolRow: { writes: 10, reads: 4 },
  /** A copy in a mailbox: row, block of flags, record, owner and delivery key in one transaction; the body copied to where mailboxes have theirs. */
  deliver: { writes: 12, reads: 5, puts: 1 },
  /** Failure cache, MTA-STS policy, slots of the session and of the destination, its heartbeats. */
  outboundSession: { writes: 8, reads: 4 },

  /** SELECT reads the row and the blocks of flags: see `blockKb`. */
  select: { reads: 2 },
  /** Whole, or a part of it: its record, and its body. */
  fetch: { reads: 1, gets: 1 },
  /** STORE on one message: the row and its block in one transaction. */
  store: { writes: 4, reads: 2 },
  /** EXPUNGE of one message, its record and its share in the body. */
  expunge: { writes: 10, reads: 4 },
  /** A mailbox that is watched by IDLE, an hour: a look each minute, and the watcher's entry in the row six times. */
  watchedHour: { writes: 6, reads: 60 },
} as const satisfies Record<string, Asked>;

export type Operation = keyof typeof operations;

/** Octets in tables for each message kept: record, share of a block, owner. */
export const messageItemBytes = 1_600;
/** KB that SELECT reads for each 64 messages. */
export const blockKb = 0.6;
/** KB that a search through headers reads for each message. */
export const recordKb = 1;

/** A process that lives: its lease each 10 s, its look at the settings each 5 s. */
export const processHour = { writes: 360, reads: 720 } as const satisfies Asked;

/** Requests of a queue for each wake-up: sent, received, removed. */
export const requestsPerWakeUp = 3;
/** What polls each queue while nothing is in it: Lambda keeps five long polls of 20 s. */
export const emptyPollsPerQueueHour = 5 * 180;
