import { duration, limit, whole } from './declare.ts';

/** What a client may try before it has logged in. */
export const loginSettings = {
  maxFailures: whole('login/max-failures', {
    default: 3,
    range: [1, 20],
    from: 'VPOP3: Max failed logins before the connection is dropped',
    doc: 'Failed logins in one session after which it is closed.',
  }),

  time: duration('login/time', {
    default: 60,
    range: [5, 600],
    from: 'a session that is not logged in holds a slot no longer than this',
    doc: 'Time a POP3, IMAP or submission client has to log in before it is closed.',
  }),

  failuresPerAddress: limit('login/failures-per-address', {
    default: 20,
    range: [0, 1_000_000],
    from: 'password guessing over many sessions',
    doc: 'Failed logins from one client address within ten minutes, over all protocols and processes, after which its logins are refused unchecked. 0 = unlimited.',
  }),
} as const;
