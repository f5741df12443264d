import { headerFields, unfold } from './header.ts';
import { foldWords } from './trace.ts';

const fieldName = 'authentication-results';
const mostText = 16_384; // octets of a field, written or read

/** @param methods as RFC 8601 section 2.2 writes them. @returns the field as latin1 octets, CRLF included */
export function authenticationResultsField(host: string, methods: readonly string[]): string {
  const [first, ...rest] = [host, ...(methods.length === 0 ? ['none'] : methods)].map(oneLine);
  let text = `Authentication-Results: ${first}`;
  for (const method of rest) {
    const part = `;\r\n\t${foldWords(method.split(' '))}`;
    if (text.length + part.length < mostText) text += part.slice(0, -2);
  }
  return `${text}\r\n`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not pass
const oneLine = (text: string): string => Buffer.from(text.replace(/[\x00-\x1f\x7f]+/g, ' '), 'utf8').toString('latin1');

/**
 * Takes out Authentication-Results fields that claim to be ours (RFC 8601 section 5): whoever reads the message here believes them. Those of
 * other hosts stay; those whose host can't be read go, as another reader might read ours into them.
 * @param block octets of a header block as latin1, with or without its blank line
 * @param hosts our names
 */
export function withoutResultsOf(block: string, hosts: readonly string[]): string {
  const ours = new Set(hosts.map(normal));
  let kept = '';
  let from = 0;
  for (const { name, start, end, valueStart } of headerFields(block)) {
    if (name.toLowerCase() !== fieldName || !mayBeOurs(block.slice(valueStart, end), ours)) continue;
    kept += block.slice(from, start);
    from = end;
  }
  return from === 0 ? block : kept + block.slice(from);
}

const normal = (host: string): string => Buffer.from(host, 'utf8').toString('latin1').toLowerCase().replace(/\.$/, '');

function mayBeOurs(value: string, ours: ReadonlySet<string>): boolean {
  const words = wordsBeforeResults(unfold(value.slice(0, mostText)));
  const [host] = words ?? [];
  if (words === undefined || host === undefined) return true;
  // The first word is the host, perhaps with the version behind a slash; one without white space and comments is how a careless reader sees it.
  const readings = [host, host.replace(/\/.*$/, ''), words.join(''), words.join('').replace(/\/?\d+$/, '')];
  return readings.some((reading) => ours.has(reading.toLowerCase().replace(/\.$/, '')));
}

/** @returns the words before the first semicolon, comments left out and quoted ones unquoted; undefined when a comment or quote has no end */
function wordsBeforeResults(text: string): readonly string[] | undefined {
  const words: string[] = [];
  let word = '';
  const endWord = (): void => {
    if (word !== '') words.push(word);
    word = '';
  };
  for (let at = 0; at < text.length; at++) {
    const char = text[at] as string;
    if (char === ';') break;
    if (char === '(') {
      endWord();
      at = endOfComment(text, at);
      if (at === -1) return undefined;
    } else if (char === '"') {
      const quoted = /^"((?:[^"\\]|\\.)*)"/s.exec(text.slice(at));
      if (quoted === null) return undefined;
      word += (quoted[1] as string).replace(/\\(.)/gs, '$1');
      at += quoted[0].length - 1;
    } else if (/\s/.test(char)) endWord();
    else word += char;
  }
  endWord();
  return words;
}

/** Comments nest (RFC 5322 section 3.2.2). @returns where its last parenthesis stands, -1 when there is none */
function endOfComment(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const char = text[at];
    if (char === '\\') at++;
    else if (char === '(') depth++;
    else if (char === ')' && --depth === 0) return at;
  }
  return -1;
}
