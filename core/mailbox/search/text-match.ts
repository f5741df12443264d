import { casemap } from '../../message/casemap.ts';
import { decodeHeaderText } from '../../message/decoded-text.ts';
import type { EnvelopeAddress } from '../../values/message-facts.ts';

/** @param needle in the form of casemap */
export const contains = (text: string | undefined, needle: string): boolean => text !== undefined && casemap(text).includes(needle);

/** Address fields are searched as people see them: display name decoded, address in angles. */
export function addressText(addresses: readonly EnvelopeAddress[]): string {
  return addresses
    .map(
      ({ name, mailbox, host }) =>
        `${headerText(name ?? '')} <${headerText(mailbox ?? '')}${host === undefined ? '' : `@${headerText(host)}`}>`,
    )
    .join(', ');
}

/**
 * The decoded values of a field in a header block.
 * @param header latin1, with folded lines. @param name any case
 */
export function fieldValues(header: string, name: string): readonly string[] {
  const wanted = `${name.toLowerCase()}:`;
  return fieldsOf(header)
    .filter((field) => fieldName(field) === wanted)
    .map(decodedValue);
}

/** The decoded values of all fields, whatever a HEADER key may call them. @param header as for fieldValues */
export const everyFieldValue = (header: string): readonly string[] =>
  fieldsOf(header)
    .filter((field) => field.includes(':'))
    .map(decodedValue);

const fieldsOf = (header: string): readonly string[] => header.split(/\r?\n(?![ \t])/);
const decodedValue = (field: string): string => decodeHeaderText(unfold(field.slice(field.indexOf(':') + 1)).trim());

/** The whole header block as text, for TEXT. */
export const headerText = (header: string): string => decodeHeaderText(unfold(header));

const fieldName = (field: string): string =>
  field
    .slice(0, field.indexOf(':') + 1)
    .replace(/[ \t]+:$/, ':')
    .toLowerCase();

/** Writers fold lines with a space or a tab, and people look for words with a space between them: a tab in a header counts as one. */
const unfold = (text: string): string => text.replace(/\r?\n[ \t]|\t/g, ' ');

/** What is looked for in a field, in the form of casemap. */
export const fieldNeedle = (text: string): string => casemap(text.replaceAll('\t', ' '));
