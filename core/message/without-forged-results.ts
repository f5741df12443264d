import { withoutResultsOf } from './authentication-results.ts';

const blankLine = '\r\n\r\n';
/** Octets of a header that are looked at; more would be kept in memory for nobody's good. */
const mostHeader = 1_048_576;

/**
 * A message without Authentication-Results fields in our name. The body streams.
 * @param source CRLF line ends
 */
export async function* withoutForgedResults(source: AsyncIterable<Buffer>, host: string): AsyncGenerator<Buffer> {
  let held: Buffer[] | undefined = [];
  let size = 0;
  let tail: Buffer = Buffer.from('\r\n'); // a message may begin with the blank line
  for await (const chunk of source) {
    if (held === undefined) {
      yield chunk;
      continue;
    }
    held.push(chunk);
    size += chunk.length;
    const end = Buffer.concat([tail, chunk]);
    tail = end.subarray(-3);
    if (!end.includes(blankLine) && size <= mostHeader) continue;
    yield cleaned(held, host);
    held = undefined;
  }
  if (held !== undefined) yield cleaned(held, host);
}

function cleaned(pieces: readonly Buffer[], host: string): Buffer {
  const octets = Buffer.concat(pieces);
  const text = octets.toString('latin1');
  const kept = withoutResultsOf(text, [host]);
  return kept.length === text.length ? octets : Buffer.from(kept, 'latin1');
}
