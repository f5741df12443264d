/** RFC 5321 takes no more; what goes beyond is RFC 6531's. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII begins at 0
export const isAscii = (text: string): boolean => /^[\x00-\x7f]*$/.test(text);
