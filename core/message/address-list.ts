import type { EnvelopeAddress } from '../values/message-facts.ts';

/** More addresses in one field are cut off: an envelope is kept and sent whole. */
const maxAddresses = 5_000;

/** Tokens of RFC 5322 section 3.2, tolerant: dots and 8-bit octets are part of an atom, an encoded-word is one whatever it contains. */
const token = /=\?[^?\s]+\?[BbQq]\?[^?\s]*\?=|[^\s()<>,;:@"[\]\\]+|"(?:[^"\\]|\\[\s\S])*"?|\[[^\]]*\]?|[<>,;:@]|[\s\\)\]]+/y;

/** @param text an unfolded field value (From, To, …), octets as latin1. @returns what could be made of it; never throws; linear */
export function parseAddressList(text: string): readonly EnvelopeAddress[] {
  const reader = new AddressReader();
  let at = 0;
  while (at < text.length && reader.found.length < maxAddresses) {
    if (text.charCodeAt(at) === 0x28) {
      const end = commentEnd(text, at);
      reader.comment(text.slice(at + 1, end - 1));
      at = end;
      continue;
    }
    token.lastIndex = at;
    const word = token.exec(text)?.[0] ?? text.charAt(at);
    reader.token(word);
    at += word.length;
  }
  reader.end();
  return reader.found;
}

/** Comments nest (RFC 5322 section 3.2.2). @returns behind the closing parenthesis, or behind the text when it is missing */
function commentEnd(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === 0x5c) at++;
    else if (char === 0x28) depth++;
    else if (char === 0x29 && --depth === 0) return at + 1;
  }
  return text.length + 1;
}

/** Gathers words until something ends an address. */
class AddressReader {
  readonly found: EnvelopeAddress[] = [];
  /** Words so far; before `<` they may be a name. An empty string stands for white space. */
  #words: string[] = [];
  #name: string | undefined;
  #comment: string | undefined;
  #route: string | undefined;
  #inAngle = false;
  #inGroup = false;

  comment(text: string): void {
    this.#comment ??= unescaped(text).trim();
  }

  token(word: string): void {
    if (this.#inAngle) this.#angle(word);
    else if (word === '<') this.#open();
    else if (word === ',') this.#flush();
    else if (word === ':') this.#group();
    else if (word === ';') this.#endGroup();
    else if (word !== '>') this.#word(word);
  }

  end(): void {
    this.#flush();
    if (this.#inGroup) this.found.push({});
  }

  #word(word: string): void {
    this.#words.push(/^[\s\\)\]]/.test(word) ? '' : word);
  }

  #open(): void {
    this.#name = phrase(this.#words);
    this.#words = [];
    this.#inAngle = true;
  }

  /** A comma or colon inside belongs to an obsolete route, `<@a,@b:c@d>` (RFC 5322 section 4.4). */
  #angle(word: string): void {
    if (word === '>') this.#flush();
    else if (word === ':') this.#endRoute();
    else this.#word(word);
  }

  #endRoute(): void {
    this.#route = this.#words[0] === '@' ? joined(this.#words) : undefined;
    this.#words = [];
  }

  #group(): void {
    // A colon behind an @ is no group's: `a@b:25` is broken, and kept as part of the address.
    if (this.#inGroup || this.#words.includes('@')) {
      this.#word(':');
      return;
    }
    this.found.push({ mailbox: phrase(this.#words) ?? '' });
    this.#forget();
    this.#inGroup = true;
  }

  #endGroup(): void {
    this.#flush();
    if (this.#inGroup) this.found.push({});
    this.#inGroup = false;
  }

  #flush(): void {
    if (this.#inAngle || this.#words.some((word) => word !== '')) {
      const name = this.#name ?? this.#comment;
      const [mailbox, host] = splitAddress(this.#words);
      const route = this.#route === undefined ? {} : { route: this.#route };
      // An empty host, not an absent one: absent would mean the start of a group (RFC 3501 section 7.4.2).
      this.found.push({ ...(name === undefined || name === '' ? {} : { name }), ...route, mailbox, host });
    }
    this.#forget();
  }

  #forget(): void {
    this.#words = [];
    this.#name = undefined;
    this.#comment = undefined;
    this.#route = undefined;
    this.#inAngle = false;
  }
}

function splitAddress(words: readonly string[]): readonly [mailbox: string, host: string] {
  const at = words.lastIndexOf('@');
  return at === -1 ? [joined(words), ''] : [joined(words.slice(0, at)), joined(words.slice(at + 1))];
}

const joined = (words: readonly string[]): string => words.map(unquote).join('');

function phrase(words: readonly string[]): string | undefined {
  const text = words
    .map((word) => (word === '' ? ' ' : unquote(word)))
    .join('')
    .replace(/ {2,}/g, ' ')
    .trim();
  return text === '' ? undefined : text;
}

const unquote = (word: string): string => (word.startsWith('"') ? unescaped(word.replace(/^"|"$/g, '')) : word);
const unescaped = (text: string): string => (text.includes('\\') ? text.replace(/\\([\s\S])/g, '$1') : text);
