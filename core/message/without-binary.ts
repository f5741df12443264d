import type { MimePart } from '../values/message-facts.ts';
import { headerFields } from './header.ts';
import { base64Encoder, type TransferEncoder } from './transfer-encoding.ts';

/** NUL stands where nothing says that there are binary octets. */
export class StrayBinary extends Error {
  override readonly name = 'StrayBinary';
}

/** Octets of one kind, up to where the next begin. */
interface Segment {
  readonly to: number;
  readonly kind: 'binary' | 'text' | 'header';
  /** Of a header: what its Content-Transfer-Encoding becomes. */
  readonly encoding?: string;
}

/** Longer headers stay as they are: nothing is held that has no end. */
const longestHeader = 1_048_576;

/**
 * A message whose binary parts (RFC 3030 section 3) became base64, so that lines and literals can carry it. All else stays octet for octet.
 * @param structure of the message. @throws StrayBinary
 */
export async function* withoutBinary(source: AsyncIterable<Uint8Array>, structure: MimePart): AsyncGenerator<Uint8Array, void, undefined> {
  const segments = [...segmentsOf(structure), { to: Number.POSITIVE_INFINITY, kind: 'text' } as const];
  let at = 0;
  let state = new SegmentWriter(segments.shift() as Segment);
  for await (const chunk of source) {
    for (let from = 0; from < chunk.length; ) {
      const octets = chunk.subarray(from, Math.min(chunk.length, from + state.segment.to - at));
      yield state.write(octets);
      from += octets.length;
      at += octets.length;
      while (at >= state.segment.to) {
        yield state.end();
        state = new SegmentWriter(segments.shift() as Segment);
      }
    }
  }
  yield state.end();
}

const nothing = Buffer.alloc(0);

class SegmentWriter {
  readonly segment: Segment;
  readonly #encoder: TransferEncoder | undefined;
  readonly #held: Uint8Array[] = [];

  constructor(segment: Segment) {
    this.segment = segment;
    this.#encoder = segment.kind === 'binary' ? base64Encoder() : undefined;
  }

  write(octets: Uint8Array): Uint8Array {
    if (this.#encoder !== undefined) return this.#encoder.write(octets);
    if (octets.includes(0)) throw new StrayBinary('NUL outside binary parts');
    if (this.segment.kind !== 'header') return octets;
    this.#held.push(Buffer.from(octets));
    return nothing;
  }

  end(): Uint8Array {
    if (this.#encoder !== undefined) return this.#encoder.end();
    if (this.segment.kind !== 'header') return nothing;
    return Buffer.from(saying(Buffer.concat(this.#held).toString('latin1'), this.segment.encoding ?? ''), 'latin1');
  }
}

/** In order; between them nothing is left out. */
function* segmentsOf(part: MimePart): Generator<Segment> {
  const isBinary = part.encoding === 'binary' && part.bodyStart - part.headerStart <= longestHeader;
  const inner = part.message === undefined ? part.parts : [part.message.structure];
  if (isBinary) {
    yield { to: part.headerStart, kind: 'text' };
    yield { to: part.bodyStart, kind: 'header', encoding: inner === undefined ? 'base64' : '8bit' };
  }
  if (inner !== undefined) for (const child of inner) yield* segmentsOf(child);
  else if (isBinary) yield { to: part.bodyEnd, kind: 'binary' };
}

/** @returns the header with another Content-Transfer-Encoding */
function saying(block: string, encoding: string): string {
  let out = '';
  let from = 0;
  for (const { name, start, end } of headerFields(block)) {
    if (name.toLowerCase() !== 'content-transfer-encoding') continue;
    out += `${block.slice(from, start)}${name}: ${encoding}\r\n`;
    from = end;
  }
  return out + block.slice(from);
}
