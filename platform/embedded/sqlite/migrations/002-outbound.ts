/**
 * What outbound sessions and reports need of a row.
 *
 * - `wishes` is JSON of what came with the message and never changes (reports, TLS, prefix, Junk); NULL for most.
 * - `history` is JSON of what was tried; NULL until something was.
 * - `mta_sts` keeps the policies of other domains (RFC 8461) until `expires_at`; times are ms since the epoch.
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
`;
