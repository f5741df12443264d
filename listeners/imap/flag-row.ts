import type { FlagRow } from '../../core/mailbox/mailbox-store.ts';
import type { Flag } from '../../core/values/flags.ts';
import { mayFlagHere } from './may-flag.ts';
import type { Responses } from './responses.ts';
import type { Selected } from './state.ts';
import { fetchOf } from './uid-only.ts';
import { formatFlags } from './wire/format.ts';

/** What a FETCH response tells of flags alone. */
export type FlagItem = 'FLAGS' | 'UID' | 'MODSEQ';

interface Shown {
  /** The client asked by UID (RFC 3501 section 6.4.8). One that knows MODSEQ is told the UID anyway (RFC 7162 section 3.2.4). UIDFETCH begins with it. */
  readonly uid?: boolean;
  /** @default true */
  readonly flags?: boolean;
}

/** What is told of flags that were not asked for. */
export function flagItems({ agreed }: Selected, { uid = false, flags = true }: Shown = {}): readonly FlagItem[] {
  return [
    ...((uid || agreed.condstore) && !agreed.uidOnly ? (['UID'] as const) : []),
    ...(flags ? (['FLAGS'] as const) : []),
    ...(agreed.condstore ? (['MODSEQ'] as const) : []),
  ];
}

/**
 * Tells messages' flags, a FETCH response each; those that the client does not know are passed over.
 * @param rows ascending UIDs; with the message numbers where they are known
 * @returns how many were told
 */
export async function tellFlags(
  rows: Iterable<FlagRow & { readonly msn?: number }>,
  items: readonly FlagItem[],
  state: Selected,
  out: Pick<Responses, 'raw'>,
): Promise<number> {
  const format = flagFormat(items, state);
  let told = 0;
  for (const row of rows) {
    const msn = row.msn ?? state.view.msnOf(row.uid);
    if (msn === 0) continue;
    told += 1;
    const full = out.raw(format(row, msn));
    if (full !== undefined) await full; // not each time: a promise costs more than a row
  }
  return told;
}

/** Sets of flags whose words are kept while a command tells rows. */
const mostKept = 500;

/** @returns makes FETCH responses; before one stands FLAGS, when there is a keyword the client has not heard of */
export function flagFormat(items: readonly FlagItem[], state: Selected): (row: FlagRow, msn: number) => string {
  const { view } = state;
  const words = new Map<readonly Flag[], string>(); // rows with the same flags mostly have the same array
  const wordsOf = (row: FlagRow): string => (view.isRecent(row.uid) ? formatFlags(row.flags, true) : (words.get(row.flags) ?? ''));
  const item = (name: FlagItem, row: FlagRow): string =>
    name === 'FLAGS' ? `FLAGS ${wordsOf(row)}` : name === 'UID' ? `UID ${row.uid}` : `MODSEQ (${row.modseq})`;
  return (row, msn) => {
    let text = '';
    if (!words.has(row.flags)) {
      text = newKeywords(row, state);
      if (words.size >= mostKept) words.clear();
      words.set(row.flags, formatFlags(row.flags));
    }
    text += fetchOf(row.uid, msn, state);
    for (let i = 0; i < items.length; i += 1) text += i === 0 ? item(items[i] as FlagItem, row) : ` ${item(items[i] as FlagItem, row)}`;
    return `${text})\r\n`;
  };
}

/** @returns the FLAGS lines, or nothing */
export function newKeywords(row: FlagRow, state: Selected): string {
  const { flags } = state;
  return flags.learn(row.flags) ? `${flags.lines(mayFlagHere(state)).join('\r\n')}\r\n` : '';
}
