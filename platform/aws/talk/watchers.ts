import type { MailboxId } from '../../../core/values/ids.ts';
import type { Modseq } from '../../../core/values/uid.ts';

/** Where a process of the stage is talked to: `10.0.1.7:8026`. */
export type TalkAddress = string;

/** Tells processes that a mailbox changed. Best effort: never throws, never waited for by whoever changed it. */
export interface ChangeTeller {
  tell(mailbox: MailboxId, watchers: readonly TalkAddress[]): void;
}

/** Who watches a mailbox, or somebody's names (see names-watched.ts; of these none is ever gone), stands in the mailbox's row, so that a writer learns of it without a read of its own. */
export interface MailboxWatchers {
  /**
   * Every change committed after this resolves finds the watcher in the row, until `until`; asked again, it is prolonged.
   * @param until ms since the epoch
   * @returns the mailbox's MODSEQ at that moment; `full` when enough others watch already; `gone` when there is no such mailbox
   */
  register(mailbox: MailboxId, at: TalkAddress, until: number): Promise<{ readonly modseq: Modseq } | 'full' | 'gone'>;
  unregister(mailbox: MailboxId, at: TalkAddress): Promise<void>;
  /** Strongly consistent, one small read: for the slow poll. @returns undefined when the mailbox is gone */
  modseqOf(mailbox: MailboxId): Promise<Modseq | undefined>;
}
