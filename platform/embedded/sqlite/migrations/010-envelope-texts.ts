/**
 * What the envelope of a body tells, as searches compare it (envelopeText), so that a search for a subject or an address looks at it in SQL and reads
 * few records. NULL: mail of before, or too much of it; then the record is read. Whoever changes the form of comparing empties the column.
 */
export const envelopeTextsSchema = `
ALTER TABLE bodies ADD COLUMN envelope TEXT;
`;
