import type { Spool } from '../../../core/delivery/spool.ts';
import { DynamoSpool, type DynamoSpoolDeps } from '../spool/spool.ts';
import type { Messages } from './messages.ts';

export interface MailSpoolDeps extends DynamoSpoolDeps {
  readonly messages: Messages;
}

/** The spool of whoever reaches mailboxes too. */
export class MailSpool extends DynamoSpool implements Spool {
  readonly #messages: Messages;

  constructor(deps: MailSpoolDeps) {
    super(deps);
    this.#messages = deps.messages;
  }

  async deliver(): ReturnType<Spool['deliver']> {
    throw new Error(`nothing is delivered yet to ${Object.keys(this.#messages).length}`);
  }
}
