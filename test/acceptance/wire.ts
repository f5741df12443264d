import type { Protocol } from '../../core/values/protocol.ts';

/** What a client reads, line by line, until it is closed (or until the refusal is over). One row per event of the contract's table. */
export type Wire = Readonly<Record<Protocol, readonly string[]>>;

const host = 'mail.example.org';
/** SMTP and submission say the same. */
const wire = (smtp: readonly string[], pop3: readonly string[], imap: readonly string[]): Wire => ({ smtp, msa: smtp, pop3, imap });

export const totalFull = wire(
  [`421 4.3.2 ${host} Server too busy, try again later`],
  ['-ERR [SYS/TEMP] Server too busy, try again later'],
  ['* BYE [UNAVAILABLE] Server too busy, try again later'],
);

export const addressFull = (used: number, limit: number): Wire =>
  wire(
    [`421 4.7.0 ${host} Too many connections from this address! (${used} of ${limit})`],
    [`-ERR [SYS/TEMP] Too many connections from this address! (${used} of ${limit})`],
    [`* BYE [LIMIT] Too many connections from this address! (${used} of ${limit})`],
  );

export const accountFull = (used: number, limit: number): Wire =>
  wire(
    [`454 4.7.0 Too many logins for this user (${used} of ${limit}), try again later`],
    [`-ERR [SYS/TEMP] Too many logins for this user (${used} of ${limit})`],
    [`a1 NO [LIMIT] Too many logins for this user (${used} of ${limit})`],
  );

export const wrongPassword = wire(
  ['535 5.7.8 Authentication credentials invalid'],
  ['-ERR [AUTH] Wrong user name or password'],
  ['a1 NO [AUTHENTICATIONFAILED] Wrong user name or password'],
);

export const tooManyFailedLogins = wire(
  ['535 5.7.8 Authentication credentials invalid', '421 4.7.0 Too many failed logins'],
  ['-ERR [AUTH] Too many failed logins'],
  ['* BYE Too many failed logins', 'a1 NO Too many failed logins'],
);

export const storeDownAtTheDoor = wire(
  ['421 4.3.0 Try again later'],
  ['-ERR [SYS/TEMP] Try again later'],
  ['* BYE [UNAVAILABLE] Try again later'],
);

export const storeDownAtLogin: Wire = { ...storeDownAtTheDoor, imap: ['a1 NO [UNAVAILABLE] Try again later'] };

export const draining = wire(
  [`421 4.3.2 ${host} Service closing, try again later`],
  ['-ERR [SYS/TEMP] Server is shutting down, try again later'],
  ['* BYE [UNAVAILABLE] Server is shutting down, try again later'],
);

export const maildropLocked = '-ERR [IN-USE] Another session has this maildrop open';
