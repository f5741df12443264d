/** When a message came into its mailbox (RFC 8514), ms since the epoch. NULL: before such dates were kept. */
export const savedDatesSchema = `
ALTER TABLE messages ADD COLUMN saved INTEGER;
`;
