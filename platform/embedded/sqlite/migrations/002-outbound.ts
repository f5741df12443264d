/**
 * What outbound sessions and reports need of a row.
 *
 * - `wishes` is JSON of what came with the message and never changes (reports, TLS, prefix, Junk); NULL for most.
 * - `history` is JSON of what was tried; NULL until something was.
 */
export const outboundSchema = `
ALTER TABLE spool ADD COLUMN wishes TEXT;
ALTER TABLE spool ADD COLUMN history TEXT;
ALTER TABLE spool ADD COLUMN via TEXT;
`;
