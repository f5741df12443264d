const mostCharacters = 1000;

/**
 * What a host said, or we did, as one line: bounded, without controls. The code that begins each line of a longer reply (RFC 5321 section
 * 4.2.1, RFC 2034 section 4) stands once.
 */
export function replyLine(reply: string): string {
  const [first = '', ...others] = reply.slice(0, 64 * mostCharacters).split(/[\r\n]+/);
  const code = /^[245]\d\d(?=-)/.exec(first)?.[0];
  const lines = code === undefined ? [first, ...others] : [`${code} ${first.slice(4)}`, ...others.map((line) => withoutCode(line, code))];
  return lines
    .join(' ')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .slice(0, mostCharacters)
    .toWellFormed()
    .trim();
}

const withoutCode = (line: string, code: string): string =>
  line.startsWith(code) ? line.slice(code.length).replace(/^[ -](?:[245]\.\d{1,3}\.\d{1,3}(?:\s|$))?/, '') : line;
