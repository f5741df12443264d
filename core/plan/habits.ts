/** What the accounts of a stage do, each of them on an average day unless said otherwise. */
export interface Habits {
  /** Messages that arrive for an account. */
  readonly received: number;
  /** Messages that an account hands in. */
  readonly sent: number;
  /** Other servers that a message goes to, on average; the rest of its recipients have mailboxes here. */
  readonly hopsAway: number;
  /** KB of a message, as it is transferred. */
  readonly messageKb: number;
  /** Connections to port 25 for each message that is taken: the others are refused, or leave by themselves. */
  readonly knocks: number;
  /** IMAP sessions open at the same time, for each account, when most are. Programs open two to five each. */
  readonly imapOpen: number;
  /** IMAP sessions begun. */
  readonly imapSessions: number;
  /** POP3 sessions begun. */
  readonly pop3Sessions: number;
  /** Times that a message which arrived is read from here in whole, over all programs of its account. */
  readonly readings: number;
  /** Times that the flags of a message which arrived are changed. */
  readonly flagChanges: number;
  /** Part of the messages that are deleted again one day, 0 to 1. */
  readonly deleted: number;
  /** SEARCH commands that look at the headers of a mailbox. */
  readonly searches: number;
  /** Those of them that look into bodies, 0 to 1. */
  readonly bodySearches: number;
  /** Messages kept, for each account. */
  readonly kept: number;
  /** How much more there is to do in the busiest minute than on average. */
  readonly peak: number;
}

export const defaultHabits: Habits = {
  received: 40,
  sent: 8,
  hopsAway: 1,
  messageKb: 75,
  knocks: 3,
  imapOpen: 2,
  imapSessions: 20,
  pop3Sessions: 0,
  readings: 1.5,
  flagChanges: 1.5,
  deleted: 0.5,
  searches: 2,
  bodySearches: 0.1,
  kept: 10_000,
  peak: 4,
};

export type HabitName = keyof Habits;

/** Of each habit: what may be asked for, and its words for people. */
export const habitFacts: Readonly<Record<HabitName, { readonly most: number; readonly doc: string }>> = {
  received: { most: 10_000, doc: 'messages that arrive for an account a day' },
  sent: { most: 10_000, doc: 'messages that an account hands in a day' },
  hopsAway: { most: 1_000, doc: 'other servers that a message handed in goes to' },
  messageKb: { most: 40_960, doc: 'KB of a message, as it is transferred' },
  knocks: { most: 1_000, doc: 'connections to port 25 for each message taken' },
  imapOpen: { most: 1_000, doc: 'IMAP sessions of an account open at once, when most are' },
  imapSessions: { most: 100_000, doc: 'IMAP sessions begun by an account a day' },
  pop3Sessions: { most: 100_000, doc: 'POP3 sessions begun by an account a day' },
  readings: { most: 1_000, doc: 'times a message is read in whole' },
  flagChanges: { most: 1_000, doc: "times a message's flags are changed" },
  deleted: { most: 1, doc: 'part of the messages that are deleted again, 0 to 1' },
  searches: { most: 100_000, doc: 'searches of an account a day, each through the headers of its messages' },
  bodySearches: { most: 1, doc: 'part of the searches that look into bodies, 0 to 1' },
  kept: { most: 10_000_000, doc: 'messages kept, for each account' },
  peak: { most: 1_000, doc: 'how much more there is to do in the busiest minute than on average' },
};
