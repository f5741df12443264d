/** What a script has captured so far, by name. */
export type Captures = Map<string, string>;

const braces = /\{(?:([a-z]\w*)|base64 ([^{}]*)|(\d+) of ([^{}]))\}/g;

/**
 * A text as it is sent: `{name}` is what was captured, `{base64 text}` and `{600 of x}` are worked out, `\x00` is that octet.
 * Braces of other forms (`{5+}`) stay: they are literals. @returns octets as latin1
 */
export function fillIn(text: string, captures: Captures): string {
  const filled = text.replace(braces, (_, name?: string, plain?: string, count?: string, what?: string) => {
    if (plain !== undefined) return Buffer.from(octets(plain), 'latin1').toString('base64');
    if (count !== undefined) return (what ?? '').repeat(Number(count));
    const value = captures.get(name ?? '');
    if (value === undefined) throw new Error(`{${name}} has not been captured`);
    return value;
  });
  return octets(filled);
}

/**
 * Does a received line fit? `*` is anything, `{name}` captures a word up to what follows it (or must equal what it captured before),
 * everything else stands for itself; blanks at the end count for nothing, since a script's lines have none. Captures are kept only when the whole line fits.
 */
export function matchLine(pattern: string, line: string, captures: Captures): boolean {
  const names: string[] = [];
  const source = octets(pattern)
    .split(/(\*|\{[a-z]\w*\})/)
    .map((part) => {
      if (part === '*') return '.*';
      const name = /^\{([a-z]\w*)\}$/.exec(part)?.[1];
      if (name === undefined) return literally(part);
      const known = captures.get(name);
      if (known !== undefined) return literally(known);
      names.push(name);
      return '(.+?)';
    })
    .join('');
  const match = new RegExp(`^${source} *$`, 's').exec(line);
  if (match === null) return false;
  for (const [i, name] of names.entries()) captures.set(name, match[i + 1] ?? '');
  return true;
}

const literally = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** UTF-8 of the script as octets, `\xNN` as that octet. */
const octets = (text: string): string =>
  Buffer.from(text)
    .toString('latin1')
    .replace(/\\x([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
