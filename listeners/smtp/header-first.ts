import { maxSubmittedHeader as mostHeader } from '../../core/message/submission.ts';
import { DataFault } from './received-octets.ts';

const blankLine = Buffer.from('\r\n\r\n');

/**
 * Lets the header block be looked at before anything of the message goes on; the body streams.
 * @param look at the block, blank line included when there is one. @returns what goes on in its place
 * @throws DataFault when the block has no end within bounds, and what `look` throws
 */
export async function* headerFirst(source: AsyncIterable<Buffer>, look: (header: Buffer) => Buffer): AsyncGenerator<Buffer> {
  const held = new GrowingBuffer();
  let passed = false;
  for await (const chunk of source) {
    if (passed) {
      yield chunk;
      continue;
    }
    const from = Math.max(0, held.octets.length - blankLine.length);
    held.add(chunk);
    const end = endOfHeader(held.octets, from);
    if (end === -1 && held.octets.length <= mostHeader) continue;
    if (end === -1 || end > mostHeader) throw new DataFault('header-too-large');
    passed = true;
    yield look(held.octets.subarray(0, end));
    if (end < held.octets.length) yield held.octets.subarray(end);
  }
  if (!passed) yield look(held.octets);
}

/** A message may begin with the blank line: it has no header then. */
function endOfHeader(block: Buffer, from: number): number {
  if (block.length >= 2 && block[0] === 13 && block[1] === 10) return 2;
  const at = block.indexOf(blankLine, from);
  return at === -1 ? -1 : at + blankLine.length;
}

/** A client that sends single octets must not make us copy the block at each of them. */
class GrowingBuffer {
  octets: Buffer = Buffer.alloc(0);
  #room: Buffer = this.octets;

  add(chunk: Buffer): void {
    const length = this.octets.length + chunk.length;
    if (this.octets.length === 0) this.#room = chunk;
    else {
      if (length > this.#room.length) this.#room = this.#grown(length);
      this.#room.set(chunk, this.octets.length);
    }
    this.octets = this.#room.subarray(0, length);
  }

  #grown(length: number): Buffer {
    const room = Buffer.allocUnsafeSlow(length * 2);
    room.set(this.octets);
    return room;
  }
}
