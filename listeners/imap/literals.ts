import type { Connection } from '../net/connection.ts';
import { type Literal, literalAtEnd } from './wire/framing.ts';

/** A literal that we refuse but that comes all the same is read and thrown away up to this size; above it the connection ends. */
const mostThrownAway = 1024 * 1024;
const mostLiterals = 100;
/** ms that a client may be silent in the middle of a command: sooner over than between commands, for it holds memory or a half-written body. */
export const literalTimeout = 120_000;
const maxLine = 65_536;

/** The client stopped in the middle of a literal: it went away, or was silent for too long. */
export class LiteralUnfinished extends Error {
  override readonly name = 'LiteralUnfinished';
}

/** The goodbye to such a client. */
export const cutOff = 'Timed out in the middle of a command';

/** @throws LiteralUnfinished when the client does not send all of it */
export async function* literalOctets(connection: Connection, size: number, timeout: number): AsyncGenerator<Buffer, void, undefined> {
  let got = 0;
  for await (const chunk of connection.readExactly(size, timeout)) {
    got += chunk.length;
    yield chunk;
  }
  if (got < size) throw new LiteralUnfinished(`${got} of ${size} octets came`);
}

/** @param size bounded by the caller. @throws LiteralUnfinished */
export async function readLiteral(connection: Connection, size: number, timeout: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of literalOctets(connection, size, timeout)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** Octets that are thrown away at most. */
export interface Skipped {
  readonly each: number;
  readonly together: number;
}

const usual: Skipped = { each: mostThrownAway, together: mostLiterals * mostThrownAway };

/**
 * Throws away what comes behind a refused command: its non-synchronizing literals and the lines after each (RFC 7888 section 4).
 * @param most octets that each may have, if that is more than the usual bound, and all together
 * @returns false when that is too much: the connection has to end
 * @throws LiteralUnfinished
 */
export async function skipLiterals(
  connection: Connection,
  first: Literal | undefined,
  timeout: number,
  most: Skipped = usual,
): Promise<boolean> {
  let literal = first;
  let room = most.together;
  for (let i = 0; literal?.nonSync === true; i++) {
    if (i >= mostLiterals || literal.size > Math.min(room, Math.max(mostThrownAway, most.each))) return false;
    room -= literal.size;
    for await (const _ of literalOctets(connection, literal.size, timeout));
    const line = await nextLine(connection, timeout);
    literal = line === undefined ? undefined : literalAtEnd(line);
  }
  return true;
}

/** The rest of a command behind a literal: an interruption has to wait until the command is whole. @returns undefined when the line is over-long */
export async function nextLine(connection: Connection, timeout: number): Promise<Buffer | undefined> {
  for (;;) {
    const line = await connection.readLine(maxLine, timeout);
    if (line.kind === 'line') return line.bytes;
    if (line.kind === 'too-long') return undefined;
    if (line.kind !== 'interrupted') throw new LiteralUnfinished(`no line behind a literal: ${line.kind}`);
  }
}
