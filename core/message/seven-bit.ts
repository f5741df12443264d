import type { MimePart } from '../values/message-facts.ts';
import { paramOf } from './mime-params.ts';
import { maxDepth, maxParts } from './mime-tree.ts';
import { messageFacts } from './parse-message.ts';
import { type HeaderChange, questioned, sevenBitHeader } from './seven-bit-header.ts';
import { base64Encoder, base64Mender, quotedPrintableEncoder, quotedPrintableMender, type TransferEncoder } from './transfer-encoding.ts';

type Octets = AsyncIterable<Uint8Array>;

/** A message for a host that takes only ASCII (RFC 6152 section 3). */
export type SevenBit =
  /** Nothing to be done. */
  | { readonly kind: 'ascii' }
  /** Reads the message once more; its parts decode to what they were. Size and signatures of the whole message change. */
  | { readonly kind: 'convertible'; convert(source: Octets): AsyncGenerator<Uint8Array> }
  /** It would no longer say what it says. `reason` is for people. */
  | { readonly kind: 'fixed'; readonly reason: string };

/** @param read the message from its beginning, always the same; called twice at most */
export async function planSevenBit(read: () => Octets): Promise<SevenBit> {
  const scan = messageFacts();
  for await (const chunk of read()) scan.write(chunk);
  const { structure, size } = scan.end();
  const layout = new Layout(structure, size);
  await countOctets(layout.segments, read());
  if (layout.segments.every(({ aboveAscii }) => aboveAscii === 0)) return { kind: 'ascii' };
  const reason = layout.tooMuch ?? layout.segments.map(whyFixed).find((why) => why !== undefined);
  if (reason !== undefined) return { kind: 'fixed', reason };
  return { kind: 'convertible', convert: (source) => convert(layout.segments, source) };
}

/** Octets of one kind, from where the segment before ends. */
interface Segment {
  readonly to: number;
  /** `sealed` is what a signature covers; `between` are delimiters, preambles and epilogues. */
  readonly kind: 'header' | 'leaf' | 'sealed' | 'between';
  readonly part: MimePart;
  readonly isMessage: boolean;
  /** Of a header: what becomes of the body behind it. */
  body: Segment | undefined;
  size: number;
  aboveAscii: number;
  longLine: boolean;
  isUtf8: boolean;
}

const maxHeader = 1_048_576; // octets in which the structure was looked for
const maxLine = 998; // octets without CRLF, RFC 5322 section 2.1.1
const identity: ReadonlySet<string> = new Set(['7bit', '8bit', 'binary']);

class Layout {
  readonly segments: Segment[] = [];
  /** The structure goes on where it was not looked at. */
  tooMuch: string | undefined;
  #entities = 0;

  constructor(structure: MimePart, size: number) {
    this.#entity(structure, true, 1);
    this.#add('between', structure, size);
  }

  #entity(part: MimePart, isMessage: boolean, depth: number): void {
    this.#entities += 1;
    if (depth >= maxDepth || this.#entities >= maxParts || part.bodyStart - part.headerStart >= maxHeader) this.tooMuch = 'too many parts';
    const header = this.#add('header', part, part.bodyStart, isMessage);
    header.body = this.#body(part, depth);
  }

  #body(part: MimePart, depth: number): Segment | undefined {
    const isContainer = identity.has(part.encoding);
    if (isContainer && part.type === 'multipart' && part.subtype === 'signed') return this.#add('sealed', part, part.bodyEnd);
    if (isContainer && part.message !== undefined && part.subtype === 'rfc822') {
      this.#entity(part.message.structure, true, depth + 1);
      return undefined;
    }
    const parts = part.parts?.filter(({ bodyEnd }) => bodyEnd > part.bodyStart) ?? [];
    if (!isContainer || parts.length === 0) return this.#add('leaf', part, part.bodyEnd);
    for (const child of parts) {
      this.#add('between', part, child.headerStart);
      this.#entity(child, false, depth + 1);
    }
    this.#add('between', part, part.bodyEnd);
    return undefined;
  }

  #add(kind: Segment['kind'], part: MimePart, to: number, isMessage = false): Segment {
    const segment: Segment = { to, kind, part, isMessage, body: undefined, size: 0, aboveAscii: 0, longLine: false, isUtf8: true };
    this.segments.push(segment);
    return segment;
  }
}

/** Gives each piece of the source with the segment it belongs to; every segment comes, also an empty one. */
async function* cutUp(
  segments: readonly Segment[],
  source: Octets,
): AsyncGenerator<{ readonly segment: Segment; readonly octets: Uint8Array; readonly last: boolean }> {
  const nothing = new Uint8Array(0);
  let index = 0;
  let at = 0;
  for await (const chunk of source) {
    let from = 0;
    for (let segment = segments[index]; segment !== undefined && from < chunk.length; segment = segments[index]) {
      const octets = chunk.subarray(from, Math.max(from, from + segment.to - at));
      from += octets.length;
      at += octets.length;
      const last = at >= segment.to;
      yield { segment, octets, last };
      if (last) index += 1;
    }
  }
  for (const segment of segments.slice(index)) yield { segment, octets: nothing, last: true };
}

async function countOctets(segments: readonly Segment[], source: Octets): Promise<void> {
  let line = 0;
  let text = new TextDecoder('utf-8', { fatal: true });
  for await (const { segment, octets, last } of cutUp(segments, source)) {
    for (const octet of octets) {
      if (octet > 127) segment.aboveAscii += 1;
      line = octet === 10 ? 0 : line + 1;
      if (line > maxLine + 1) segment.longLine = true; // with the CR
    }
    segment.size += octets.length;
    if (segment.kind === 'leaf') segment.isUtf8 &&= isUtf8(text, octets, !last);
    if (!last) continue;
    line = 0;
    text = new TextDecoder('utf-8', { fatal: true });
  }
}

function isUtf8(decoder: InstanceType<typeof TextDecoder>, octets: Uint8Array, stream: boolean): boolean {
  try {
    decoder.decode(octets, { stream });
    return true;
  } catch {
    return false;
  }
}

function whyFixed({ kind, part, aboveAscii }: Segment): string | undefined {
  if (kind === 'header') {
    const boundary = part.type === 'multipart' ? (paramOf(part.params, 'boundary') ?? '') : '';
    return /[\x80-\xff]/.test(boundary) ? 'a boundary is not ASCII' : undefined;
  }
  if (aboveAscii === 0 || kind === 'between') return undefined;
  if (kind === 'sealed') return 'a signature covers 8-bit text';
  const { type, subtype, encoding } = part;
  if (type === 'multipart' && identity.has(encoding)) return 'a multipart has no parts';
  if (type === 'message' && (subtype === 'partial' || subtype === 'external-body')) return `${type}/${subtype} has 8-bit text`;
  return identity.has(encoding) || encoding === 'quoted-printable' || encoding === 'base64'
    ? undefined
    : `8-bit text in the unknown encoding ${encoding}`;
}

/** What becomes of a leaf. `encoding` is missing where its header may go on saying what it says. */
function remedy({ part, aboveAscii, longLine, size }: Segment): { readonly encoding?: string; readonly encoder?: () => TransferEncoder } {
  if (part.encoding === 'quoted-printable') return aboveAscii === 0 ? {} : { encoder: quotedPrintableMender };
  if (part.encoding === 'base64') return aboveAscii === 0 ? {} : { encoder: base64Mender };
  const multipart = part.type === 'multipart' || (part.type === 'message' && part.subtype === 'rfc822');
  if (!identity.has(part.encoding)) return {};
  if (multipart || (aboveAscii === 0 && !longLine)) return part.encoding === '7bit' ? {} : { encoding: '7bit' };
  const readable = (part.type === 'text' || part.type === 'message') && aboveAscii * 5 < size;
  return readable ? { encoding: 'quoted-printable', encoder: quotedPrintableEncoder } : { encoding: 'base64', encoder: base64Encoder };
}

function headerChange({ part, isMessage, body }: Segment): HeaderChange {
  if (body?.kind === 'leaf') {
    const { encoding, encoder } = remedy(body);
    if (encoding === undefined) return { isMessage };
    const untyped = encoder !== undefined && part.type === 'text' && part.subtype === 'plain';
    return { encoding, isMessage, ...(untyped ? { contentType: `text/plain; charset=${body.isUtf8 ? 'utf-8' : 'unknown-8bit'}` } : {}) };
  }
  return identity.has(part.encoding) && part.encoding !== '7bit' ? { encoding: '7bit', isMessage } : { isMessage };
}

async function* convert(segments: readonly Segment[], source: Octets): AsyncGenerator<Uint8Array> {
  let header: Uint8Array[] = [];
  let encoder: TransferEncoder | undefined;
  let begun: Segment | undefined;
  for await (const { segment, octets, last } of cutUp(segments, source)) {
    if (segment !== begun) encoder = segment.kind === 'leaf' ? remedy(segment).encoder?.() : undefined;
    begun = segment;
    if (segment.kind === 'header') {
      header.push(octets);
      if (!last) continue;
      yield Buffer.from(sevenBitHeader(Buffer.concat(header).toString('latin1'), headerChange(segment)), 'latin1');
      header = [];
    } else if (encoder !== undefined) {
      yield encoder.write(octets);
      if (last) yield encoder.end();
    } else if (segment.kind === 'between' && segment.aboveAscii > 0)
      yield Buffer.from(questioned(Buffer.from(octets).toString('latin1')), 'latin1');
    else yield octets;
  }
}
