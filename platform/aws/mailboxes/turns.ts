import type { MailboxId } from '../../../core/values/ids.ts';

/** Who changes a mailbox waits in this process for those before: it would be refused otherwise, and have to begin again. */
export class Turns {
  readonly #last = new Map<MailboxId, Promise<void>>();

  /** Runs when nobody else works on any of these mailboxes. Those of several are asked for in one step, so that no two wait for each other. */
  async alone<T>(mailboxes: readonly MailboxId[], work: () => Promise<T>): Promise<T> {
    const before = mailboxes.map((mailbox) => this.#last.get(mailbox));
    const { promise, resolve } = Promise.withResolvers<void>();
    for (const mailbox of mailboxes) this.#last.set(mailbox, promise);
    try {
      await Promise.all(before);
      return await work();
    } finally {
      resolve();
      for (const mailbox of mailboxes) if (this.#last.get(mailbox) === promise) this.#last.delete(mailbox);
    }
  }
}
