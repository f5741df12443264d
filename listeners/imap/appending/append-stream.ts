import type { Connection } from '../../net/connection.ts';
import { literalOctets, literalTimeout, nextLine, readLiteral, type Skipped, skipLiterals } from '../literals.ts';
import type { Responses } from '../responses.ts';
import type { AppendLine, AppendPiece, AppendPlace } from '../wire/command.ts';
import { commandLimits, type Literal } from '../wire/framing.ts';
import { type ParsedAppendLine, parseAppendLine } from '../wire/parse-append.ts';

/** An APPEND is not taken. Thrown, because it may turn out in the midst of a body that is being kept. */
export class AppendRefused extends Error {
  override readonly name = 'AppendRefused';
  /** The tagged line without its tag. */
  readonly reply: string;

  constructor(reply: string) {
    super(reply);
    this.reply = reply;
  }
}

type TextPiece = Extract<AppendPiece, { readonly piece: 'text' }>;

interface Ports {
  readonly connection: Connection;
  readonly out: Responses;
}

/** @returns the octets that an APPEND's line announces */
export function announcedBy({ pieces }: AppendLine): Literal | undefined {
  const last = pieces.at(-1);
  return last?.piece === 'text' ? { size: last.size, nonSync: last.nonSync } : undefined;
}

/** An APPEND as it comes: its pieces in order, and the octets of each text in its place. Nothing of it is held but one line. */
export class AppendStream {
  readonly #ports: Ports;
  #pieces: AppendPiece[];
  #then: AppendPlace | undefined;
  /** Octets that were announced and not read yet; 0 of them while the line behind them has not been read. */
  #open: Literal | undefined;

  constructor(line: AppendLine, ports: Ports) {
    this.#ports = ports;
    this.#pieces = [...line.pieces];
    this.#then = line.then;
    this.#open = announcedBy(line);
  }

  /**
   * The octets of a text have to be read before the piece behind it is asked for.
   * @returns undefined when the command is whole
   * @throws AppendRefused, LiteralUnfinished
   */
  async next(): Promise<AppendPiece | undefined> {
    if (this.#pieces.length === 0 && this.#then !== undefined) await this.#readLine(this.#then);
    return this.#pieces.shift();
  }

  /** Has the client send what it announced. @throws LiteralUnfinished */
  async *octets({ size, nonSync }: TextPiece): AsyncGenerator<Buffer, void, undefined> {
    const { connection, out } = this.#ports;
    if (!nonSync) {
      await out.line('+ Ready for the message');
      await out.flush();
    }
    let left = size;
    this.#open = { size: left, nonSync: true };
    for await (const chunk of literalOctets(connection, size, literalTimeout)) {
      left -= chunk.length;
      this.#open = { size: left, nonSync: true };
      yield chunk;
    }
  }

  /**
   * Throws away what comes all the same though the command is refused, once.
   * @returns false when it is more than that: the connection has to end
   * @throws LiteralUnfinished
   */
  skipRest(most: Skipped): Promise<boolean> {
    const open = this.#open;
    this.#open = undefined;
    return skipLiterals(this.#ports.connection, open, literalTimeout, most);
  }

  async #readLine(place: AppendPlace): Promise<void> {
    const line = await this.#parsed(place);
    if (line.kind === 'line') {
      this.#pieces = [...line.pieces];
      this.#then = line.then;
      this.#open = announcedBy(line);
      return;
    }
    this.#open = line.literal;
    throw new AppendRefused(`${line.reply} ${line.code === undefined ? '' : `[${line.code}] `}${line.text}`);
  }

  /** With literals that are read at once: URLs. */
  async #parsed(place: AppendPlace): Promise<Exclude<ParsedAppendLine, { readonly kind: 'literal' }>> {
    const { connection } = this.#ports;
    const received: Buffer[] = [];
    let room = commandLimits.literals;
    for (;;) {
      const line = await nextLine(connection, literalTimeout);
      if (line === undefined) return { kind: 'bad', reply: 'BAD', text: `A command may have ${commandLimits.lines} octets` };
      received.push(line);
      const parsed = parseAppendLine(received, place);
      if (parsed.kind !== 'literal') return parsed;
      const { size, nonSync } = parsed;
      if (size > Math.min(room, commandLimits.literal))
        return { kind: 'bad', reply: 'NO', code: 'TOOBIG', text: 'A URL is too long', literal: { size, nonSync } };
      if (!nonSync) await connection.write('+ Ready for the literal\r\n');
      room -= size;
      received.push(await readLiteral(connection, size, literalTimeout));
    }
  }
}
