/** Annotations of RFC 5464. `mailbox` is 0 for the server's; `owner` is the account whose private one it is, empty for what all share. */
export const metadataSchema = `
CREATE TABLE annotations (
  mailbox INTEGER NOT NULL, owner TEXT NOT NULL, name TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (mailbox, owner, name)
) WITHOUT ROWID;
CREATE INDEX annotations_owner ON annotations (owner) WHERE owner <> '';
`;
