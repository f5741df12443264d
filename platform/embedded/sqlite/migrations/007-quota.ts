/** What an account may have in its mailboxes; NULL: as the settings say. */
export const quotaSchema = `
ALTER TABLE accounts ADD COLUMN quota_octets INTEGER;
ALTER TABLE accounts ADD COLUMN quota_messages INTEGER;
`;
