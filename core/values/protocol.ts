/** The four services a client can connect to. `msa` is submission (RFC 6409), `smtp` the MX on port 25. */
export type Protocol = 'smtp' | 'msa' | 'pop3' | 'imap';

export const protocols: readonly Protocol[] = ['smtp', 'msa', 'pop3', 'imap'];
