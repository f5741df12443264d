import type { SpoolId, SpoolRowId } from '../values/ids.ts';
import type { NextHop } from './spool.ts';

/** Key of a row in every store: the message, and which of its next hops. */
export interface SpoolKey {
  readonly message: SpoolId;
  readonly part: number;
}

/** `<message>.<part>`: whoever has the id of the `250` line finds its rows. */
export const spoolRowId = ({ message, part }: SpoolKey): SpoolRowId => `${message}.${part}` as SpoolRowId;

/** @returns undefined for a text that names no row of ours */
export function parseSpoolRowId(id: SpoolRowId): SpoolKey | undefined {
  const [, message, part] = /^([0-9A-Z]{1,64})\.(\d{1,6})$/i.exec(id) ?? [];
  return message === undefined ? undefined : { message: message as SpoolId, part: Number(part) };
}

/** A next hop as a text to look for. No domain is empty, so the empty text is the local hop. */
export const hopText = (hop: NextHop): string => (hop.kind === 'local' ? '' : hop.domain);
export const hopOf = (text: string): NextHop => (text === '' ? { kind: 'local' } : { kind: 'domain', domain: text });
