import type { FlagRow, MessageRecord } from '../mailbox-store.ts';
import type { BodyNeedles } from './body-scan.ts';

/** A message in a client's view: what is known without asking the store. */
export interface SearchRow extends FlagRow {
  readonly msn: number;
  readonly recent: boolean;
}

/** What is known of a message so far. Each field costs more to get than the one before, so a search asks for it only while the answer is open. */
export interface Evidence {
  readonly row: SearchRow;
  /** An index knows of the message that it has this text nowhere. @param needle in the form of casemap */
  readonly ruledOut?: (needle: string) => boolean;
  readonly record?: MessageRecord;
  /** The header block, prefix included, as latin1. */
  readonly header?: string;
  /** Which of the criteria's texts were found in the body. */
  readonly body?: BodyNeedles;
}
