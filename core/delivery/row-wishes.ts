import type { NewSpoolRow } from './spool.ts';

/** What came with a message and never changes: stores keep it as one text, so that none of it is forgotten by one of them. */
export type RowWishes = Pick<NewSpoolRow, 'reports' | 'ownReport' | 'requireTls' | 'prefix' | 'junk'>;

/** @returns JSON; undefined for most messages, which ask for nothing */
export function wishesText({ reports, ownReport, requireTls, prefix, junk }: RowWishes): string | undefined {
  const text = JSON.stringify({ reports, ownReport, requireTls, prefix, junk });
  return text === '{}' ? undefined : text;
}

/** @param text as wishesText wrote it */
export const wishesOf = (text: string | undefined | null): RowWishes =>
  text === undefined || text === null ? {} : (JSON.parse(text) as RowWishes);
