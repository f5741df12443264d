/** `smtp`: a session per message; `smtp-messages`: sessions that go on sending; `imap`, `pop3`: a session from login to logout. */
export type LoadName = 'smtp' | 'smtp-messages' | 'imap' | 'pop3';

/** Sessions that only come in and leave. */
export type AdmissionName = 'smtp-greeting' | 'imap-login';
