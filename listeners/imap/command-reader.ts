import type { Connection } from '../net/connection.ts';
import { LiteralUnfinished, literalTimeout, readLiteral, skipLiterals } from './literals.ts';
import type { Agreed } from './wire/agreed.ts';
import type { Command } from './wire/command.ts';
import { commandLimits, type Literal } from './wire/framing.ts';
import { type Parsed, parseCommand } from './wire/parse-command.ts';
import { Scanner } from './wire/scanner.ts';

/** A command, or what came instead of one. */
export type Received =
  | { readonly kind: 'command'; readonly command: Command }
  /** To be answered with this line; the next command can be read. */
  | { readonly kind: 'bad'; readonly answer: string }
  /** To be answered with BYE: what follows can't be told apart from data any more. */
  | { readonly kind: 'hopeless'; readonly text: string }
  | { readonly kind: 'end' | 'timeout' | 'interrupted' };

export interface ReadingLimits {
  /** Octets of all lines of a command. */
  readonly lines: number;
  /** Octets of one literal, and of all of a command. */
  readonly literal: number;
  readonly literals: number;
  /** ms to wait for a command. */
  readonly timeout: number;
}

/** ms to wait for the rest of one that has begun. */
const restTimeout = ({ timeout }: ReadingLimits): number => Math.min(timeout, literalTimeout);

/**
 * Reads one command with its literals; APPEND's message is left on the connection.
 * @param begun called when more than a line is to come
 * @throws LiteralUnfinished
 */
export async function readCommand(
  connection: Connection,
  limits: ReadingLimits,
  agreed: Agreed,
  begun: () => void = () => {},
): Promise<Received> {
  const received: Buffer[] = [];
  let room = limits.lines;
  let literals = limits.literals;
  for (;;) {
    const isBegun = received.length > 0;
    const line = await connection.readLine(room, isBegun ? restTimeout(limits) : limits.timeout);
    if (line.kind === 'too-long')
      return { kind: 'bad', answer: `${tagOf(received[0] ?? line.start)} BAD A command may have ${limits.lines} octets` };
    if (line.kind === 'interrupted' && isBegun) continue; // heard again once the command is whole
    if (line.kind === 'timeout' && isBegun) throw new LiteralUnfinished('no line behind a literal: timeout');
    if (line.kind !== 'line') return line;
    room -= line.bytes.length;
    received.push(line.bytes);
    const parsed = parseCommand(received, agreed);
    if (parsed.kind === 'command') return parsed;
    if (parsed.kind === 'bad') return refuse(connection, parsed, limits);
    const refused = refuseLiteral(parsed, received, literals, limits);
    if (refused !== undefined) return refuse(connection, refused, limits);
    begun();
    if (!parsed.nonSync) await connection.write('+ Ready for the literal\r\n');
    literals -= parsed.size;
    received.push(await readLiteral(connection, parsed.size, restTimeout(limits)));
  }
}

/** @param start of the command. @returns `*` when there is no whole tag in it */
function tagOf(start: Buffer | undefined): string {
  const scanner = new Scanner(start === undefined ? [] : [start]);
  const tag = scanner.take('tag');
  return tag === undefined || scanner.next !== ' ' ? '*' : tag;
}

type Bad = Extract<Parsed, { kind: 'bad' }>;
type Wanted = Extract<Parsed, { kind: 'literal' }>;

function refuseLiteral(wanted: Wanted, received: readonly Buffer[], left: number, { literal, literals }: ReadingLimits): Bad | undefined {
  const given = { kind: 'bad', tag: wanted.tag, literal: { size: wanted.size, nonSync: wanted.nonSync } as Literal } as const;
  if (wanted.size > literal) return { ...given, reply: 'NO', code: 'TOOBIG', text: `A literal may have ${literal} octets here` };
  if (wanted.size > left) return { ...given, reply: 'NO', code: 'TOOBIG', text: `The literals of a command may have ${literals} octets` };
  const most = commandLimits.literalCount;
  return received.length > 2 * most ? { ...given, reply: 'BAD', text: `A command may have ${most} literals` } : undefined;
}

async function refuse(connection: Connection, { tag, reply, code, text, literal }: Bad, limits: ReadingLimits): Promise<Received> {
  if (!(await skipLiterals(connection, literal, restTimeout(limits)))) return { kind: 'hopeless', text: 'Literal too large' };
  const words = `${code === undefined ? '' : `[${code}] `}${text}`;
  return { kind: 'bad', answer: tag === undefined ? `* BAD ${words}` : `${tag} ${reply} ${words}` };
}
