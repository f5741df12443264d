import { commandLimits, type Literal, literalAtEnd } from './framing.ts';

/** Ends the parse of a command. Thrown because it may come from any depth of the grammar; parseCommand turns it into an answer. */
export class SyntaxFault extends Error {
  override readonly name = 'SyntaxFault';
  readonly reply: 'BAD' | 'NO';
  readonly code: string | undefined;

  constructor(message: string, reply: 'BAD' | 'NO' = 'BAD', code?: string) {
    super(message);
    this.reply = reply;
    this.code = code;
  }
}

/** Parsing can't go on before this literal was received. */
export class LiteralWanted extends Error {
  override readonly name = 'LiteralWanted';
  readonly literal: Literal;

  constructor(literal: Literal) {
    super('literal wanted');
    this.literal = literal;
  }
}

/** Shapes of RFC 3501 section 9, sticky so that each octet is looked at once. */
const shapes = {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the grammar is about control characters
  atom: /[^\x00-\x20\x7f-\xff(){%*"\\\]]+/y,
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the grammar is about control characters
  astring: /[^\x00-\x20\x7f-\xff(){%*"\\]+/y,
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the grammar is about control characters
  listMailbox: /[^\x00-\x20\x7f-\xff(){"\\]+/y,
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the grammar is about control characters
  tag: /[^\x00-\x20\x7f-\xff(){%*"\\+]+/y,
  // biome-ignore lint/suspicious/noControlCharactersInRegex: 8-bit octets pass as RFC 9051 has it, NUL and line ends don't
  quoted: /"((?:[^\x00\r\n"\\]|\\["\\])*)"/y,
  digits: /\d+/y,
  letters: /[A-Za-z]+/y,
  fetchName: /[A-Za-z0-9.]+/y,
  base64: /=|[A-Za-z0-9+/]+={0,2}/y,
  sequence: /[\d*:,$]+/y,
  objectId: /[A-Za-z0-9_-]+/y,
  date: /\d{1,2}-[A-Za-z]{3}-\d{4}/y,
} as const;

export type Shape = keyof typeof shapes;

/** Reads one command from left to right: lines and, between them, literals. All strings are octets as latin1. */
export class Scanner {
  readonly #received: readonly Buffer[];
  #index = 0;
  #line: string;
  #at = 0;

  /** @param received line, literal, line, …; at least one line */
  constructor(received: readonly Buffer[]) {
    this.#received = received;
    this.#line = (received[0] ?? Buffer.alloc(0)).toString('latin1');
  }

  get atEnd(): boolean {
    return this.#at === this.#line.length && this.#index >= this.#received.length - 1;
  }

  /** The next character, or the empty string at a line's end. */
  get next(): string {
    return this.#line.charAt(this.#at);
  }

  fail(expected: string): never {
    throw new SyntaxFault(`Expected ${expected} at octet ${this.#at + 1}${this.#index === 0 ? '' : ' after the last literal'}`);
  }

  /** @returns undefined, without moving, when the shape is not there */
  take(shape: Shape): string | undefined {
    const pattern = shapes[shape];
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#line);
    if (found === null) return undefined;
    this.#at = pattern.lastIndex;
    return found[1] ?? found[0];
  }

  need(shape: Shape, expected: string): string {
    return this.take(shape) ?? this.fail(expected);
  }

  /** Goes on past `text` when it is there, in any case. */
  skip(text: string): boolean {
    if (this.#line.slice(this.#at, this.#at + text.length).toUpperCase() !== text) return false;
    this.#at += text.length;
    return true;
  }

  expect(text: string, expected = `"${text}"`): void {
    if (!this.skip(text)) this.fail(expected);
  }

  space(before: string): void {
    if (!this.skip(' ')) this.fail(`a space and ${before}`);
  }

  end(): void {
    if (!this.atEnd) this.fail('the end of the command');
  }

  /** quoted or literal (RFC 3501 section 9). */
  string(expected: string): string {
    return this.#quoted() ?? this.#literal() ?? this.fail(expected);
  }

  nstring(expected: string): string | undefined {
    return this.skip('NIL') ? undefined : this.string(expected);
  }

  /** nstring or literal8, which may have NUL octets (RFC 5464 section 5, value). */
  nstring8(expected: string): string | undefined {
    if (this.next !== '~') return this.nstring(expected);
    this.#at += 1;
    return this.#literal(true) ?? this.fail(expected);
  }

  /** @param bare what may stand without quotes */
  astring(expected: string, bare: Shape = 'astring'): string {
    // "~" alone would be an atom.
    if (this.next === '~') this.#refuseLiteral8();
    return this.take(bare) ?? this.string(expected);
  }

  number(expected: string, least: number, most: number): number {
    const value = Number(this.need('digits', expected));
    return value >= least && value <= most ? value : this.fail(expected);
  }

  /** `(` one or more items with spaces between `)` */
  list<T>(expected: string, item: () => T): readonly T[] {
    this.expect('(', `a list of ${expected} in parentheses`);
    return this.rest(item);
  }

  /** What `list` reads, once its parenthesis is open. */
  rest<T>(item: () => T): readonly T[] {
    const items = [item()];
    while (!this.skip(')')) {
      this.expect(' ', 'a space or ")"');
      items.push(item());
    }
    return items;
  }

  /** The literal announced at the end of the current, last line: it is not gathered but streamed. `literal8` is one that may have NUL octets (RFC 3516). */
  streamedLiteral(expected: string): Literal & { readonly literal8: boolean } {
    const literal8 = this.next === '~';
    if (literal8) this.#at += 1;
    const literal = this.#announced() ?? this.fail(expected);
    if (this.#index < this.#received.length - 1) throw new SyntaxFault('Expected nothing behind the announced literal');
    this.#at = this.#line.length;
    return { ...literal, literal8 };
  }

  #quoted(): string | undefined {
    const inside = this.take('quoted');
    return inside?.replace(/\\(["\\])/g, '$1');
  }

  #literal(mayHaveNul = false): string | undefined {
    const literal = this.#announced();
    if (literal === undefined) return undefined;
    const octets = this.#received[this.#index + 1];
    const line = this.#received[this.#index + 2];
    if (octets === undefined) {
      if (this.#index / 2 >= commandLimits.literalCount) throw new SyntaxFault('Too many literals in one command');
      throw new LiteralWanted(literal);
    }
    if (!mayHaveNul && octets.includes(0)) throw new SyntaxFault('A literal must not contain a NUL octet');
    this.#index += 2;
    this.#line = line?.toString('latin1') ?? '';
    this.#at = 0;
    return octets.toString('latin1');
  }

  #announced(): Literal | undefined {
    this.#refuseLiteral8();
    if (this.next !== '{') return undefined;
    const line = Buffer.from(this.#line.slice(this.#at), 'latin1');
    const literal = literalAtEnd(line);
    // Only the brace that is being read may open it: "{x{5}" is no literal.
    return literal !== undefined && line.indexOf(0x7b, 1) === -1 ? literal : this.fail('a literal, {octets} or {octets+}');
  }

  #refuseLiteral8(): void {
    if (/^~\{\d+\+?\}$/.test(this.#line.slice(this.#at))) throw new SyntaxFault('A literal8 is for messages and annotations alone');
  }
}
