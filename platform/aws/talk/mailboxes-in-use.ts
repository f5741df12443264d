import type { MailboxId } from '../../../core/values/ids.ts';

/** Which mailboxes the sessions of this process watch, and who of them hears. */
export class MailboxesInUse {
  readonly #heard = new Map<MailboxId, Set<() => void>>();
  readonly #changed = new Set<MailboxId>();

  /** @returns stops it */
  add(mailbox: MailboxId, heard: () => void): () => void {
    const all = this.#heard.get(mailbox) ?? new Set();
    this.#heard.set(mailbox, all);
    const one = (): void => heard(); // of its own per watch, so that one callback can watch twice
    all.add(one);
    return () => {
      all.delete(one);
      if (all.size === 0 && this.#heard.get(mailbox) === all) this.#heard.delete(mailbox);
    };
  }

  has(mailbox: MailboxId): boolean {
    return this.#heard.has(mailbox);
  }

  /** A burst in one mailbox is told once per turn of the event loop, and never within the call of whoever changed it. */
  tell(mailbox: MailboxId): void {
    if (!this.has(mailbox)) return;
    if (this.#changed.size === 0) setImmediate(() => this.#tellAll());
    this.#changed.add(mailbox);
  }

  #tellAll(): void {
    const mailboxes = [...this.#changed];
    this.#changed.clear();
    for (const mailbox of mailboxes) for (const heard of [...(this.#heard.get(mailbox) ?? [])]) heard();
  }
}
