import type { Habits } from './habits.ts';
import { daysOfMonth, hoursOfMonth } from './prices.ts';
import { type Asked, blockMessages, messageItemBytes, type Operation, operations, readsOfBlock, readsOfRecord } from './units.ts';

/** What a month of some accounts comes to. */
export interface Volume {
  /** Messages accepted from other servers and from accounts here. */
  readonly accepted: number;
  /** Copies put into mailboxes. */
  readonly delivered: number;
  /** Messages that leave, once for each other server. */
  readonly relayed: number;
  readonly sessions: { readonly smtp: number; readonly msa: number; readonly imap: number; readonly pop3: number };
  /** GB. */
  readonly receivedGb: number;
  /** To programs of accounts, and to other servers by other ways than SES. */
  readonly readGb: number;
  readonly relayedGb: number;
  readonly keptGb: number;
  readonly itemsGb: number;
  readonly asked: Required<Asked>;
}

const kbOfGb = 1024 ** 2;
/** Octets that an IMAP session costs besides messages: TLS, lists, envelopes. */
const sessionKb = 20;
/** Over the day, of what is open when most are. */
const openOnAverage = 0.5;

export function volumeOf(accounts: number, habits: Habits): Volume {
  const monthly = (daily: number): number => accounts * daily * daysOfMonth;
  const { received, sent, hopsAway, messageKb, knocks, imapSessions, pop3Sessions, readings, kept } = habits;
  const [delivered, submitted] = [monthly(received), monthly(sent)];
  const accepted = delivered + submitted;
  const relayed = submitted * hopsAway;
  const sessions = {
    smtp: delivered * Math.max(1, knocks),
    msa: submitted,
    imap: monthly(imapSessions),
    pop3: monthly(pop3Sessions),
  };
  return {
    accepted,
    delivered,
    relayed,
    sessions,
    receivedGb: (accepted * messageKb) / kbOfGb,
    readGb: (delivered * readings * messageKb + (sessions.imap + sessions.pop3) * sessionKb) / kbOfGb,
    relayedGb: (relayed * messageKb) / kbOfGb,
    keptGb: (accounts * kept * messageKb) / kbOfGb,
    itemsGb: (accounts * kept * messageItemBytes) / 1024 ** 3,
    asked: askedOf(accounts, habits, { accepted, delivered, relayed, sessions }),
  };
}

function askedOf(
  accounts: number,
  { readings, flagChanges, deleted, searches, bodySearches, kept, imapOpen }: Habits,
  { accepted, delivered, relayed, sessions }: Pick<Volume, 'accepted' | 'delivered' | 'relayed' | 'sessions'>,
): Required<Asked> {
  const searched = accounts * searches * daysOfMonth;
  const { smtp, msa, imap, pop3 } = sessions;
  const done: readonly (readonly [Operation, number])[] = [
    ['smtpSession', smtp],
    ['msaSession', msa],
    ['imapSession', imap],
    ['pop3Session', pop3],
    ['login', msa + imap + pop3],
    ['recipient', accepted],
    ['accept', accepted],
    ['spoolRow', delivered + relayed],
    ['deliver', delivered],
    ['outboundSession', relayed],
    ['select', imap + pop3],
    ['fetch', delivered * readings],
    ['countedCommand', delivered * readings + searched],
    ['store', delivered * flagChanges],
    ['expunge', delivered * deleted],
    ['watchedHour', accounts * imapOpen * openOnAverage * hoursOfMonth],
  ];
  const all = [
    ...done.map(([name, times]) => timesOf(operations[name], times)),
    ...scans({ kept, searched, bodySearches, selects: imap + pop3 }),
  ];
  return allOf(all);
}

/** What grows with the mailbox: the blocks that SELECT reads, the records and bodies that a search looks through. */
function scans({
  kept,
  searched,
  bodySearches,
  selects,
}: {
  kept: number;
  searched: number;
  bodySearches: number;
  selects: number;
}): readonly Asked[] {
  return [
    { reads: selects * (kept / blockMessages) * readsOfBlock },
    { reads: searched * kept * readsOfRecord },
    { gets: searched * bodySearches * kept },
  ];
}

export const timesOf = ({ writes = 0, reads = 0, puts = 0, gets = 0 }: Asked, times: number): Required<Asked> => ({
  writes: writes * times,
  reads: reads * times,
  puts: puts * times,
  gets: gets * times,
});

export const allOf = (asked: readonly Asked[]): Required<Asked> =>
  asked.reduce<Required<Asked>>(added, { writes: 0, reads: 0, puts: 0, gets: 0 });

const added = (sum: Required<Asked>, { writes = 0, reads = 0, puts = 0, gets = 0 }: Asked): Required<Asked> => ({
  writes: sum.writes + writes,
  reads: sum.reads + reads,
  puts: sum.puts + puts,
  gets: sum.gets + gets,
});
