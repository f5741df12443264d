import type { FlagRow } from '../../core/mailbox/mailbox-store.ts';
import { mayFlagHere } from './may-flag.ts';
import type { Selected } from './state.ts';
import { fetchOf } from './uid-only.ts';
import { formatFlags } from './wire/format.ts';

interface Shown {
  /** The client asked by UID (RFC 3501 section 6.4.8). One that knows MODSEQ is told the UID anyway (RFC 7162 section 3.2.4). UIDFETCH begins with it. */
  readonly uid?: boolean;
  /** @default true */
  readonly flags?: boolean;
}

/** @returns a FETCH response that tells a message's flags; before it FLAGS, when there is a keyword the client has not heard of */
export function formatFlagRow(msn: number, row: FlagRow, state: Selected, { uid = false, flags = true }: Shown = {}): string {
  const items = [
    ...((uid || state.agreed.condstore) && !state.agreed.uidOnly ? [`UID ${row.uid}`] : []),
    ...(flags ? [`FLAGS ${formatFlags(row.flags, state.view.isRecent(row.uid))}`] : []),
    ...(state.agreed.condstore ? [`MODSEQ (${row.modseq})`] : []),
  ];
  return `${newKeywords(row, state)}${fetchOf(row.uid, msn, state)}${items.join(' ')})\r\n`;
}

/** @returns the FLAGS lines, or nothing */
export function newKeywords(row: FlagRow, state: Selected): string {
  const { flags } = state;
  return flags.learn(row.flags) ? `${flags.lines(mayFlagHere(state)).join('\r\n')}\r\n` : '';
}
