import { isAscii } from '../values/ascii.ts';
import type { MimePart } from '../values/message-facts.ts';
import { questioned } from './seven-bit-header.ts';
import { surrogateField } from './surrogate-field.ts';

/** A longer field is passed on as it comes, octets above ASCII as question marks: nothing is held that has no end. */
const longestField = 65_536;

/**
 * The surrogate of RFC 6858: a message whose headers, those of its parts too, are ASCII; bodies stay octet for octet. One whose headers have no
 * UTF-8 stays as it is. Holds a field at a time.
 * @param structure of the stored body. @param prefix octets of header that stand before it in `source`
 */
export async function* surrogate(source: AsyncIterable<Uint8Array>, structure: MimePart, prefix: number): AsyncGenerator<Uint8Array> {
  const headers = headersOf(structure, prefix);
  let fields: SurrogateFields | undefined;
  let at = 0;
  for await (const chunk of source) {
    let from = 0;
    while (from < chunk.length) {
      const header = headers[0];
      const inside = header !== undefined && at >= header.from;
      const edge = header === undefined ? Number.POSITIVE_INFINITY : inside ? header.to : header.from;
      const octets = chunk.subarray(from, Math.min(chunk.length, from + edge - at));
      from += octets.length;
      at += octets.length;
      if (!inside) {
        yield octets;
        continue;
      }
      fields ??= new SurrogateFields();
      yield Buffer.from(fields.write(Buffer.from(octets).toString('latin1')), 'latin1');
      if (at < edge) continue;
      yield Buffer.from(fields.end(), 'latin1');
      fields = undefined;
      headers.shift();
    }
  }
  if (fields !== undefined) yield Buffer.from(fields.end(), 'latin1');
}

interface Range {
  readonly from: number;
  readonly to: number;
}

const identity: ReadonlySet<string> = new Set(['7bit', '8bit', 'binary']);

/** In ascending order, none of them empty. */
function headersOf(structure: MimePart, prefix: number): Range[] {
  const found: Range[] = [];
  const visit = (part: MimePart, from: number): void => {
    const to = part.bodyStart + prefix;
    if (to > from && from >= (found.at(-1)?.to ?? 0)) found.push({ from, to });
    if (!identity.has(part.encoding)) return; // what looks like parts is text of that encoding
    const inner = part.message?.structure;
    if (inner !== undefined) visit(inner, inner.headerStart + prefix);
    for (const child of part.parts ?? []) visit(child, child.headerStart + prefix);
  };
  visit(structure, 0);
  return found;
}

/** One header in pieces. */
class SurrogateFields {
  #held = '';
  /** Up to where `#held` has no field's end. */
  #searched = 0;
  /** The field that has begun is too long and partly gone. */
  #cut = false;

  /** @returns what is certain so far */
  write(text: string): string {
    this.#held += text;
    let out = '';
    for (let end = this.#fieldEnd(); end > 0; end = this.#fieldEnd()) out += this.#take(end);
    if (this.#held.length <= longestField) return out;
    out += questioned(this.#held);
    this.#cut = true;
    this.#held = '';
    this.#searched = 0;
    return out;
  }

  end(): string {
    return this.#take(this.#held.length);
  }

  /** @returns behind the first field's last line, once the line after it has begun; 0 when it has not ended */
  #fieldEnd(): number {
    for (
      let end = this.#held.indexOf('\n', this.#searched);
      end >= 0 && end + 1 < this.#held.length;
      end = this.#held.indexOf('\n', end + 1)
    ) {
      const next = this.#held.charCodeAt(end + 1);
      if (next !== 0x20 && next !== 0x09) return end + 1;
      this.#searched = end + 1;
    }
    return 0;
  }

  #take(end: number): string {
    const field = this.#held.slice(0, end);
    this.#held = this.#held.slice(end);
    this.#searched = 0;
    if (!this.#cut) return isAscii(field) ? field : surrogateField(field);
    this.#cut = false;
    return questioned(field);
  }
}
