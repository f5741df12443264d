/** What a quoted string can't carry (RFC 3501 section 9). */
const unquotable = /[\r\n\x80-\xff]/;
const atom = /^[!#$&'+,\-./0-9:;<=>?@A-Z[^_`a-z|}~\]]+$/;

/** What has to be looked at before it is quoted. */
const special = /[\0\r\n\x80-\xff"\\]/;

/** @param octets latin1. @returns quoted where that is possible, a literal where not. NUL, which neither may carry, is left out */
export function formatString(octets: string): string {
  if (!special.test(octets)) return `"${octets}"`;
  const text = octets.includes('\0') ? octets.replaceAll('\0', '') : octets;
  if (unquotable.test(text)) return `{${text.length}}\r\n${text}`;
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** @returns a literal8 for what has NUL octets: nothing is left out of it */
export function formatNstring8(octets: string | undefined): string {
  return octets?.includes('\0') === true ? `~{${octets.length}}\r\n${octets}` : formatNstring(octets);
}

export const formatNstring = (octets: string | undefined): string => (octets === undefined ? 'NIL' : formatString(octets));

/** @returns an atom where that is possible. `NIL` is quoted, so that nobody takes it for nothing */
export const formatAstring = (octets: string): string =>
  atom.test(octets) && octets.toUpperCase() !== 'NIL' ? octets : formatString(octets);
