import type { LocalCopy, Spool, SpoolRow } from '../../../core/delivery/spool.ts';
import { type Appended, MailboxGone } from '../../../core/mailbox/mailbox-store.ts';
import { DynamoSpool, type DynamoSpoolDeps } from '../spool/spool.ts';
import type { BodyTaking, TakenBody } from './body-taking.ts';
import { inParallel } from './mail-table.ts';
import type { Messages } from './messages.ts';

export interface MailSpoolDeps extends DynamoSpoolDeps {
  readonly messages: Messages;
}

/**
 * The spool of whoever reaches mailboxes too. Spool and mailboxes are two stores here: copies are appended first, each with its delivery key, then the
 * row ends. Who dies between leaves a row whose copies are there: the next attempt finds their keys and only ends it.
 */
export class MailSpool extends DynamoSpool implements Spool {
  readonly #messages: Messages;

  constructor(deps: MailSpoolDeps) {
    super(deps);
    this.#messages = deps.messages;
  }

  async deliver(...[id, by, copies, rest, reports]: Parameters<Spool['deliver']>): ReturnType<Spool['deliver']> {
    const row = await this.get(id);
    if (row === undefined || row.claimedBy !== by) return 'claim-lost';
    const answers = await this.#append(row, copies);
    const isEnded = rest === undefined ? await this.finish(id, by, reports) : await this.defer(id, by, rest, reports);
    return isEnded ? answers : 'claim-lost';
  }

  async #append(row: SpoolRow, copies: readonly LocalCopy[]): Promise<readonly (Appended | 'gone')[]> {
    if (copies.length === 0) return [];
    const taking = this.#messages.taking();
    const body = await taking.copyOf(row.body, row.facts);
    const answers: (Appended | 'gone')[] = [];
    await inParallel([...copies.entries()], async ([i, copy]) => {
      answers[i] = await this.#appendOne(copy, body, taking);
    });
    await taking.done().catch(() => {}); // the purge does it
    return answers;
  }

  async #appendOne({ mailbox, ...copy }: LocalCopy, body: TakenBody, taking: BodyTaking): Promise<Appended | 'gone'> {
    try {
      const [appended] = await this.#messages.appendOwned(mailbox, [{ ...copy, body }], taking);
      return appended ?? 'gone';
    } catch (error) {
      if (error instanceof MailboxGone) return 'gone';
      throw error;
    }
  }
}
