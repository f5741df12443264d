import { type Agreed, namesAreUtf8 } from './wire/agreed.ts';
import { formatMailbox } from './wire/format.ts';

/** What a LIST response may tell beside the attributes (RFC 5258 section 4). */
export interface ListExtras {
  /** What names below it satisfy; quoted. */
  readonly childInfo?: readonly string[];
  /** What the client has called it (RFC 9051 section 6.3.9.7). */
  readonly oldName?: string;
}

/** A LIST response. */
export function listLine(
  name: string,
  attributes: readonly string[],
  agreed: Agreed,
  { childInfo = [], oldName }: ListExtras = {},
): string {
  const format = (one: string): string => formatMailbox(one, namesAreUtf8(agreed));
  const extras = [
    ...(childInfo.length === 0 ? [] : [`"CHILDINFO" (${childInfo.join(' ')})`]),
    ...(oldName === undefined ? [] : [`"OLDNAME" (${format(oldName)})`]),
  ];
  return `* LIST (${attributes.join(' ')}) "/" ${format(name)}${extras.length === 0 ? '' : ` (${extras.join(' ')})`}`;
}

/** A name as it is kept: code points that look the same are the same. */
export const keptName = (asked: string): string => asked.normalize('NFC');

/** For a client of IMAP4rev2 that calls a mailbox something else than its name (RFC 9051 section 6.3.9.7). */
export const renamedLine = (name: string, asked: string, agreed: Agreed): readonly string[] =>
  agreed.rev2 && asked !== name ? [listLine(name, [], agreed, { oldName: asked })] : [];
