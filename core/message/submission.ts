import { formatDate } from './date.ts';
import { headerFields } from './header.ts';
import { lineEndNormaliser } from './line-ends.ts';

/** What is added to a submitted message that does not have it (RFC 6409 section 8). */
export interface SubmissionFields {
  /** With its angles: `<01J…@mail.example.org>`. */
  readonly messageId: string;
  /** ms since the epoch. */
  readonly date: number;
}

/** Octets of a submitted message's header. */
export const maxSubmittedHeader = 1_048_576;

/** Thrown to the reader of a submitted message; to be answered 552 5.3.4. */
export class HeaderTooLong extends Error {
  override readonly name = 'HeaderTooLong';
}

const blindCopies = new Set(['bcc', 'resent-bcc']);

/**
 * Makes a submitted message fit to be sent: CRLF line ends, Message-ID and Date, no Bcc. All else passes as it is, chunk by chunk.
 * @throws HeaderTooLong when no blank line comes within maxSubmittedHeader octets; what `source` throws
 */
export async function* submittedMessage(source: AsyncIterable<Uint8Array>, missing: SubmissionFields): AsyncGenerator<Buffer> {
  const header = new HeaderGatherer();
  const lines = lineEndNormaliser();
  for await (const chunk of source) yield* header.pass(lines.write(chunk), missing);
  yield* header.pass(lines.end(), missing);
  yield* header.rest(missing);
}

/** Holds octets back until the blank line has come. */
class HeaderGatherer {
  #pieces: Buffer[] | undefined = [];
  #size = 0;
  /** The last octets gathered: the blank line's CRLF may begin a chunk (a CRLF is never split: see lineEndNormaliser). The first line too follows a line end. */
  #tail = Buffer.from('\r\n');

  *pass(chunk: Buffer, missing: SubmissionFields): Generator<Buffer> {
    if (chunk.length === 0) return;
    if (this.#pieces === undefined) {
      yield chunk;
      return;
    }
    const found = Buffer.concat([this.#tail, chunk]).indexOf('\r\n\r\n');
    if (found === -1) {
      this.#gather(chunk);
      return;
    }
    // Behind the first CRLF of the two, where a field may be added.
    const end = found + 2 - this.#tail.length;
    this.#gather(chunk.subarray(0, end));
    yield* this.rest(missing);
    yield chunk.subarray(end);
  }

  *rest(missing: SubmissionFields): Generator<Buffer> {
    if (this.#pieces === undefined) return;
    const header = Buffer.concat(this.#pieces).toString('latin1');
    this.#pieces = undefined;
    yield Buffer.from(completeHeader(header, missing), 'latin1');
  }

  #gather(piece: Buffer): void {
    this.#size += piece.length;
    if (this.#size > maxSubmittedHeader) throw new HeaderTooLong('no blank line came within the header limit');
    this.#pieces?.push(Buffer.from(piece));
    this.#tail = Buffer.concat([this.#tail, piece]).subarray(-2);
  }
}

/** @param header as latin1, without its blank line */
function completeHeader(header: string, { messageId, date }: SubmissionFields): string {
  const names = new Set<string>();
  let kept = '';
  let from = 0;
  for (const { name, start, end } of headerFields(header)) {
    const lower = name.toLowerCase();
    names.add(lower);
    if (!blindCopies.has(lower)) continue;
    kept += header.slice(from, start);
    from = end;
  }
  kept += header.slice(from);
  const added = `${names.has('message-id') ? '' : `Message-ID: ${messageId}\r\n`}${names.has('date') ? '' : `Date: ${formatDate(date)}\r\n`}`;
  return kept + (added === '' || kept === '' || kept.endsWith('\n') ? '' : '\r\n') + added;
}
