/**
 * The first schema.
 *
 * - `messages` is clustered by mailbox and UID, so that a SELECT reads neighbouring small rows; what FETCH needs beyond is in `bodies`.
 * - The counts of a mailbox stand in its row and move in the transaction that moves the messages: STATUS reads one row.
 * - `spool.ready_at` is the later of the next attempt and the end of a claim: one index answers what may be taken now.
 * - `deliveries` is in order of time by its rowid, so that sweeping old keys never scans.
 * - `changes` has one row per commit that other processes must hear of.
 */
export const mailSchema = `
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE changes (seq INTEGER PRIMARY KEY, writer TEXT NOT NULL, what TEXT NOT NULL);

CREATE TABLE accounts (
  id TEXT PRIMARY KEY, domain TEXT NOT NULL, password_hash TEXT NOT NULL,
  credential_version INTEGER NOT NULL, created_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX accounts_domain ON accounts (domain);
CREATE TABLE aliases (key TEXT PRIMARY KEY, domain TEXT NOT NULL, address TEXT NOT NULL, targets TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX aliases_domain ON aliases (domain);

CREATE TABLE mailboxes (
  id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, name TEXT NOT NULL, special_use TEXT,
  uid_validity INTEGER NOT NULL, uid_next INTEGER NOT NULL DEFAULT 1, highest_modseq INTEGER NOT NULL DEFAULT 1,
  messages INTEGER NOT NULL DEFAULT 0, unseen INTEGER NOT NULL DEFAULT 0, deleted INTEGER NOT NULL DEFAULT 0,
  size INTEGER NOT NULL DEFAULT 0, recent INTEGER NOT NULL DEFAULT 0, recent_from INTEGER NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX mailboxes_name ON mailboxes (account, name);
CREATE TABLE subscriptions (account TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (account, name)) WITHOUT ROWID;
CREATE TABLE doomed (mailbox INTEGER PRIMARY KEY);

CREATE TABLE messages (
  mailbox INTEGER NOT NULL, uid INTEGER NOT NULL, modseq INTEGER NOT NULL, flags INTEGER NOT NULL, keywords TEXT NOT NULL,
  date INTEGER NOT NULL, body INTEGER NOT NULL, prefix TEXT NOT NULL, size INTEGER NOT NULL,
  PRIMARY KEY (mailbox, uid)
) WITHOUT ROWID;
CREATE INDEX messages_modseq ON messages (mailbox, modseq);
CREATE TABLE expunged (
  mailbox INTEGER NOT NULL, modseq INTEGER NOT NULL, uid_from INTEGER NOT NULL, uid_to INTEGER NOT NULL,
  PRIMARY KEY (mailbox, modseq, uid_from)
) WITHOUT ROWID;
CREATE TABLE deliveries (seq INTEGER PRIMARY KEY, mailbox INTEGER NOT NULL, key TEXT NOT NULL, uid INTEGER NOT NULL, at INTEGER NOT NULL);
CREATE UNIQUE INDEX deliveries_key ON deliveries (mailbox, key);

CREATE TABLE bodies (
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, refs INTEGER NOT NULL, in_file INTEGER NOT NULL, size INTEGER NOT NULL, facts TEXT NOT NULL
);
CREATE TABLE body_bytes (body INTEGER PRIMARY KEY, bytes BLOB NOT NULL);

CREATE TABLE spool (
  message TEXT NOT NULL, part INTEGER NOT NULL, body INTEGER NOT NULL, hop TEXT NOT NULL, reverse_path TEXT NOT NULL,
  recipients TEXT NOT NULL, eight_bit INTEGER NOT NULL, utf8 INTEGER NOT NULL, submitted_by TEXT,
  accepted_at INTEGER NOT NULL, next_attempt_at INTEGER NOT NULL, ready_at INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
  last_error TEXT, held INTEGER NOT NULL DEFAULT 0, claimed_by TEXT, claimed_until INTEGER,
  PRIMARY KEY (message, part)
) WITHOUT ROWID;
CREATE INDEX spool_ready ON spool (hop, ready_at) WHERE held = 0;
CREATE INDEX spool_held ON spool (held) WHERE held = 1;
`;
