/** Octets of a Message ID that count: what is longer is told by its beginning. */
const mostOctets = 250;
/** Kept of the References of a message: the first, which is the thread's, and the last ones. Some threads are years long, and facts stand in every row. */
const mostKept = 21;

/** `<left@right>`; left may be quoted (RFC 5322 section 3.6.4), up to a bound, because each `<` is a place to begin at. */
const messageId = /<\s*((?:"(?:[^"\\]|\\.){0,250}"|[^"<>@\s])+)@([^"<>\s]+)\s*>/g;

/**
 * @param text value of a Message-ID, In-Reply-To or References field. @returns the Message IDs in it, without angles and in one spelling: quotes
 * make no difference (RFC 5256 section 3, THREAD)
 */
export const messageIdsIn = (text: string | undefined): readonly string[] =>
  Array.from((text ?? '').matchAll(messageId), ([, left = '', right = '']) => `${unquoted(left)}@${right}`.slice(0, mostOctets));

/** @returns the first Message ID and the last 20 of a References field */
export function referencesIn(text: string | undefined): readonly string[] {
  const all = messageIdsIn(text);
  return all.length <= mostKept ? all : [...all.slice(0, 1), ...all.slice(1 - mostKept)];
}

const unquoted = (left: string): string =>
  left.includes('"') ? left.replace(/"((?:[^"\\]|\\.)*)"/g, (_, inside: string) => inside.replace(/\\(.)/g, '$1')) : left;
