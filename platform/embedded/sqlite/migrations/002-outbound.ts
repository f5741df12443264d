/**
 * What outbound sessions and reports need of a row.
 *
 * - `wishes` is JSON of what came with the message and never changes (reports, TLS, prefix, Junk); NULL for most.
 * - `history` is JSON of what was tried; NULL until something was.
 * - `mta_sts` keeps the policies of other domains (RFC 8461) until `expires_at`; times are ms since the epoch.
 *
 * And for mail that is collected from other servers:
 *
 * - `collect_sources.ready_at` is the later of the next run and the end of a claim, as in `spool`. `keep` in days, NULL: for ever.
 * - `collect_memory` has a row per message that a source's server lists and that was begun: `message` until it is known to be here, then
 *   `collected_at`; `octets` of one that was too large.
 */
export const outboundSchema = `
ALTER TABLE spool ADD COLUMN wishes TEXT;
ALTER TABLE spool ADD COLUMN history TEXT;
ALTER TABLE spool ADD COLUMN via TEXT;
CREATE TABLE mta_sts (
  domain TEXT PRIMARY KEY,
  id TEXT NOT NULL,
  policy TEXT NOT NULL,
  fetched_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX mta_sts_expires ON mta_sts (expires_at);

CREATE TABLE collect_sources (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, host TEXT NOT NULL, port INTEGER NOT NULL, tls TEXT NOT NULL,
  user TEXT NOT NULL, secret TEXT NOT NULL, keep INTEGER, account TEXT NOT NULL, enabled INTEGER NOT NULL DEFAULT 1,
  next_run_at INTEGER NOT NULL, ready_at INTEGER NOT NULL, failures INTEGER NOT NULL DEFAULT 0, login_delay INTEGER NOT NULL DEFAULT 0,
  collected INTEGER NOT NULL DEFAULT 0, last_run TEXT, last_success_at INTEGER, claimed_by TEXT, claimed_until INTEGER
);
CREATE INDEX collect_ready ON collect_sources (ready_at) WHERE enabled = 1;
CREATE TABLE collect_memory (
  source INTEGER NOT NULL, uidl TEXT NOT NULL, message TEXT, collected_at INTEGER, octets INTEGER, PRIMARY KEY (source, uidl)
) WITHOUT ROWID;
`;
