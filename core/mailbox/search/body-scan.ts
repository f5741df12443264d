import { decodedText } from '../../message/decoded-text.ts';
import type { MimePart } from '../../values/message-facts.ts';
import type { SearchKey } from '../../values/search-key.ts';
import type { MessageRecord } from '../mailbox-store.ts';
import type { MessageBodies } from '../message-bodies.ts';
import { fold, headerText } from './text-match.ts';

/** Which texts a body holds. */
export interface BodyNeedles {
  found(text: string): boolean;
}

/** @returns the texts that BODY and TEXT keys look for, folded, each once */
export function needlesOf(key: SearchKey): ReadonlySet<string> {
  switch (key.key) {
    case 'BODY':
    case 'TEXT':
      return new Set([fold(key.text)]);
    case 'NOT':
      return needlesOf(key.of);
    case 'AND':
    case 'OR':
      return new Set(key.of.flatMap((one) => [...needlesOf(one)]));
    default:
      return new Set();
  }
}

/**
 * Reads the text parts of a message once, for all needles, and stops as soon as every one was found.
 * @throws the signal's reason when it aborts: a message may be large
 */
export async function scanBody(
  record: MessageRecord,
  needles: ReadonlySet<string>,
  bodies: MessageBodies,
  signal?: AbortSignal,
): Promise<BodyNeedles> {
  const open = new Set([...needles].filter((needle) => needle !== ''));
  const read = async function* (from: number, to: number) {
    signal?.throwIfAborted();
    for await (const chunk of bodies.read(record.body, from, to)) {
      signal?.throwIfAborted();
      yield chunk;
    }
  };
  for (const region of searchableRegions(record.facts.structure)) {
    if (open.size === 0) break;
    await scanRegion(region, open, read);
  }
  return { found: (text) => !open.has(fold(text)) };
}

/** A text part, or the header of a message inside the message: both are its body's text. */
type Region = { readonly from: number; readonly to: number; readonly part?: MimePart };

function searchableRegions(part: MimePart): readonly Region[] {
  if (part.parts !== undefined) return part.parts.flatMap(searchableRegions);
  if (part.message !== undefined) {
    const inner = part.message.structure;
    return [{ from: inner.headerStart, to: inner.bodyStart }, ...searchableRegions(inner)];
  }
  return part.type === 'text' ? [{ from: part.bodyStart, to: part.bodyEnd, part }] : [];
}

type Read = (from: number, to: number) => AsyncIterable<Uint8Array>;

async function scanRegion({ from, to, part }: Region, open: Set<string>, read: Read): Promise<void> {
  const decoder = part === undefined ? rawHeader() : decodedText(part);
  const overlap = Math.max(...[...open].map((needle) => needle.length)) - 1;
  let tail = '';
  const look = (text: string): void => {
    const window = tail + fold(text);
    for (const needle of open) if (window.includes(needle)) open.delete(needle);
    tail = overlap > 0 ? window.slice(-overlap) : '';
  };
  for await (const chunk of read(from, to)) {
    look(decoder.write(chunk));
    if (open.size === 0) return;
  }
  look(decoder.end());
}

/** A nested header is small: gathered whole, so that encoded-words over line ends decode. */
function rawHeader(): { write(chunk: Uint8Array): string; end(): string } {
  const chunks: Uint8Array[] = [];
  return {
    write: (chunk) => {
      chunks.push(chunk);
      return '';
    },
    end: () => headerText(Buffer.concat(chunks).toString('latin1')),
  };
}
