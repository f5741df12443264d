import type { HostAnswer } from '../spool.ts';
import type { ReportedRecipient } from './report.ts';

/** A reply taken apart: `550 5.1.1 No such user`, `550 No such user`, or one of ours: `5.4.6 mail would come back`. */
export interface ReadAnswer {
  /** A host's; undefined for what we said ourselves. */
  readonly code?: string;
  /** RFC 3463. */
  readonly enhanced?: string;
  readonly text: string;
}

const reply = /^(?:([245]\d\d)(?:[ -]|$))?\s*(?:([245]\.\d{1,3}\.\d{1,3})(?:\s|$))?\s*(.*)$/s;

export function readAnswer({ reply: said }: Pick<HostAnswer, 'reply'>): ReadAnswer {
  const [, code, enhanced, text = ''] = reply.exec(said) ?? [];
  return { ...(code === undefined ? {} : { code }), ...(enhanced === undefined ? {} : { enhanced }), text };
}

/**
 * The Status field (RFC 3464 section 2.3.4): the enhanced code that was answered where its class says what became of the message, else one
 * made of what is known. A message given up keeps the code of its last answer, class 4: sent again later it may well arrive (RFC 3463 section 3.5, X.4.7).
 */
export function statusOf({ action, answer, expired = false }: ReportedRecipient): string {
  const { code, enhanced } = readAnswer(answer);
  const wanted = action === 'failed' ? (expired ? '4' : '5') : action === 'delayed' ? '4' : '2';
  if (enhanced?.startsWith(wanted) === true) return enhanced;
  const known = code === undefined ? undefined : detailOf[code];
  if (known !== undefined && code?.startsWith(wanted) === true) return `${wanted}.${known}`;
  return `${wanted}.${expired ? '4.7' : '0.0'}`;
}

/** What a bare reply code says for sure (RFC 5321 section 4.2.3). */
const detailOf: Readonly<Record<string, string>> = {
  '421': '4.2',
  '450': '2.0',
  '451': '3.0',
  '452': '3.1',
  '551': '1.6',
  '552': '2.2',
  '553': '1.3',
  '556': '1.10',
};
