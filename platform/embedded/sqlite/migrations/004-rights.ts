/**
 * Who may do what in mailboxes of others.
 *
 * - `mailboxes.acl` is JSON of the list of rights, a list of pairs of identifier and letters; NULL for most.
 * - `mentions` has a row per mailbox and identifier in its list but the owner's, so that what is shared with somebody is found by one look, and
 *   goes when they go.
 */
export const rightsSchema = `
ALTER TABLE mailboxes ADD COLUMN acl TEXT;
CREATE TABLE mentions (
  identifier TEXT NOT NULL, owner TEXT NOT NULL, mailbox INTEGER NOT NULL, PRIMARY KEY (identifier, owner, mailbox)
) WITHOUT ROWID;
CREATE INDEX mentions_mailbox ON mentions (mailbox);
`;
