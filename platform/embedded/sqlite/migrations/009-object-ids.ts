/**
 * MAILBOXID (RFC 8474) is a random word of its own: a row's number would tell everybody how many mailboxes are made here, and in a database that was
 * restored or made anew it would be given to another mailbox.
 */
export const objectIdsSchema = `
ALTER TABLE mailboxes ADD COLUMN object_id TEXT;
UPDATE mailboxes SET object_id = lower(hex(randomblob(16)));
`;
