/** A literal that a line announces at its end: `{5}`, or `{5+}` when the client does not wait for our go-ahead (RFC 7888). */
export interface Literal {
  readonly size: number;
  readonly nonSync: boolean;
}

/** What a session gathers for one command; the message literal of APPEND is streamed and not counted. Octets. */
export const commandLimits = {
  /** All lines of a command together. */
  lines: 65_536,
  /** Room for the longest ID (RFC 2971 section 3.3: 30 fields of 30 octets with values of 1,024). */
  linesBeforeLogin: 32_768,
  literalsBeforeLogin: 8_192,
  /** One literal. */
  literal: 65_536,
  /** All literals of a command together. */
  literals: 262_144,
  /** How many literals. Each one makes the command be parsed again from its start, so this bounds that work. */
  literalCount: 100,
} as const;

const announced = /\{(\d+)(\+?)\}$/;

/** @param line without its line end. @returns the literal that follows this line, whatever stands before the brace; its size may be beyond all limits */
export function literalAtEnd(line: Uint8Array): Literal | undefined {
  if (line.at(-1) !== 0x7d) return undefined;
  // 4,000 digits are Infinity already: looking no further back keeps a line of digits cheap.
  const found = announced.exec(Buffer.from(line.subarray(-4_000)).toString('latin1'));
  return found === null ? undefined : { size: Number(found[1]), nonSync: found[2] === '+' };
}
