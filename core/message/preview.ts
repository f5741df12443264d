import type { MessageFacts, MimePart } from '../values/message-facts.ts';
import { decodedText } from './decoded-text.ts';
import { HtmlText } from './html-text.ts';

/** Characters of a preview (RFC 8970 section 3.1). */
const longest = 200;
/** Octets of a part that are looked at: what comes behind a long style sheet is not found. */
export const mostLooked = 16_384;

/** The part that a preview is made of: the first text that is no attachment. @returns undefined when there is none */
export function previewPart(part: MimePart): MimePart | undefined {
  if (part.disposition?.type.toLowerCase() === 'attachment') return undefined;
  if (part.message !== undefined) return previewPart(part.message.structure);
  if (part.parts === undefined) return part.type === 'text' && part.bodyEnd > part.bodyStart ? part : undefined;
  for (const child of part.parts) {
    const found = previewPart(child);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** @param octets the part's, from its beginning; as many as are wanted. @returns plain text on one line */
export function previewText(part: MimePart, octets: Uint8Array): string {
  const decoder = decodedText(part);
  const text = decoder.write(octets.subarray(0, mostLooked)) + (octets.length < mostLooked ? decoder.end() : '');
  const plain = part.subtype === 'html' ? new HtmlText().of(text) : text;
  const line = plain
    .toWellFormed()
    .replace(/[\s\p{Cc}\u200b-\u200f\u2028-\u202e\u2060\ufeff\u00ad]+/gu, ' ')
    .trim();
  return [...line.slice(0, 2 * longest)].slice(0, longest).join('').trim();
}

/** The facts of a message with its preview, where the text stands near enough to the beginning; made in the pass that finds the facts. */
export function withPreview(scan: { write(chunk: Uint8Array): void; end(): MessageFacts }): {
  write(chunk: Uint8Array): void;
  end(): MessageFacts;
} {
  const head: Uint8Array[] = [];
  let kept = 0;
  return {
    write(chunk) {
      scan.write(chunk);
      if (kept >= mostKept) return;
      const piece = Buffer.from(chunk.subarray(0, mostKept - kept));
      head.push(piece);
      kept += piece.length;
    },
    end() {
      const facts = scan.end();
      const part = previewPart(facts.structure);
      if (part === undefined) return { ...facts, preview: '' };
      // Less of a long part would be another preview than the one that is made later.
      if (Math.min(part.bodyEnd, part.bodyStart + mostLooked) > kept) return facts;
      return { ...facts, preview: previewText(part, Buffer.concat(head).subarray(part.bodyStart, part.bodyEnd)) };
    },
  };
}

/** Octets of the beginning of a message. */
const mostKept = 2 * mostLooked;
