/** What a response is made of: NIL, a number, a string's octets, or a list. */
export type Datum = null | number | string | readonly Datum[];

/**
 * Reads response data by the letter of RFC 3501 section 9: strings are quoted without line ends and 8-bit octets, or literals without
 * NUL; spaces stand exactly between the elements of a list, except where the grammar has none between lists.
 * @throws where a strict client would give up
 */
export function readDatum(text: string): Datum {
  const reader = new Reader(text);
  const datum = reader.datum();
  if (!reader.atEnd) throw new Error(`more behind the end: ${reader.rest}`);
  return datum;
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get atEnd(): boolean {
    return this.#at === this.#text.length;
  }

  get rest(): string {
    return this.#text.slice(this.#at, this.#at + 40);
  }

  datum(): Datum {
    if (this.#skip(/\(/y) !== undefined) return this.#list();
    if (this.#skip(/NIL(?![!-~])|NIL(?=[)])/y) !== undefined) return null;
    const number = this.#skip(/\d+(?![^ )])/y);
    if (number !== undefined) return Number(number);
    const quoted = this.#skip(/"(?:[^"\\\r\n\0\x80-\xff]|\\["\\])*"/y);
    if (quoted !== undefined) return quoted.slice(1, -1).replace(/\\(.)/g, '$1');
    const literal = this.#skip(/\{\d+\}\r\n/y);
    if (literal === undefined) throw new Error(`no datum: ${this.rest}`);
    return this.#literal(Number(literal.slice(1, -3)));
  }

  #list(): readonly Datum[] {
    const list: Datum[] = [];
    while (this.#skip(/\)/y) === undefined) {
      const betweenLists = this.#text[this.#at] === '(' && this.#text[this.#at - 1] === ')';
      if (list.length > 0 && this.#skip(/ /y) === undefined && !betweenLists) throw new Error(`no space: ${this.rest}`);
      list.push(this.datum());
    }
    if (list.length === 0) throw new Error('an empty list');
    return list;
  }

  #literal(size: number): string {
    const octets = this.#text.slice(this.#at, this.#at + size);
    if (octets.length < size || octets.includes('\0')) throw new Error('a literal that is cut short or holds NUL');
    this.#at += size;
    return octets;
  }

  #skip(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }
}
