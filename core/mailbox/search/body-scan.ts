import { casemap } from '../../message/casemap.ts';
import type { SearchKey } from '../../values/search-key.ts';
import type { MessageRecord } from '../mailbox-store.ts';
import type { MessageBodies } from '../message-bodies.ts';
import { bodyPieces, type Piece } from './searched-texts.ts';

/** Which texts a body holds. */
export interface BodyNeedles {
  found(text: string): boolean;
  /** It was read to its end. */
  readonly isWhole: boolean;
}

/** @returns the texts that BODY and TEXT keys look for, in the form of casemap, each once */
export const needlesOf = (key: SearchKey): ReadonlySet<string> =>
  new Set(gather(key, ({ key: name }) => name === 'BODY' || name === 'TEXT'));

/** @returns the texts that any key looks for, in the form of casemap, each once */
export const textsOf = (key: SearchKey): readonly string[] => [...new Set(gather(key, () => true))];

function gather(key: SearchKey, wanted: (key: SearchKey) => boolean): readonly string[] {
  if (key.key === 'NOT') return gather(key.of, wanted);
  if (key.key === 'AND' || key.key === 'OR') return key.of.flatMap((one) => gather(one, wanted));
  return 'text' in key && wanted(key) ? [casemap(key.text)] : [];
}

/**
 * Reads the text parts of a message once, for all needles, and stops as soon as every one was found.
 * @param hear told of each piece that is read
 * @throws the signal's reason when it aborts: a message may be large
 */
export async function scanBody(
  record: MessageRecord,
  needles: ReadonlySet<string>,
  bodies: MessageBodies,
  signal?: AbortSignal,
  hear?: (piece: Piece) => void,
): Promise<BodyNeedles> {
  const open = new Set([...needles].filter((needle) => needle !== ''));
  const read = async function* (from: number, to: number) {
    signal?.throwIfAborted();
    for await (const chunk of bodies.read(record.body, from, to)) {
      signal?.throwIfAborted();
      yield chunk;
    }
  };
  const longest = Math.max(0, ...[...open].map((needle) => needle.length - 1));
  let tail = '';
  let isWhole = open.size > 0;
  for await (const piece of open.size > 0 ? bodyPieces(record.facts.structure, read) : []) {
    const { text, begins } = piece;
    hear?.(piece);
    const window = begins ? text : tail + text;
    for (const needle of open) if (window.includes(needle)) open.delete(needle);
    if (open.size === 0) {
      isWhole = false;
      break;
    }
    tail = longest > 0 ? window.slice(-longest) : '';
  }
  return { found: (text) => !open.has(casemap(text)), isWhole };
}
