import { deliveryCounts } from '../core/observe/delivery-counts.ts';
import { openTelling, type Telling } from '../platform/aws/talk/change-telling.ts';
import { type MailWorld, openMailWorld } from '../platform/aws/world.ts';
import { mailWorldNames } from '../platform/aws/world-names.ts';
import { endpointOf, type InvocationContext, log, meter } from './invocation-log.ts';
import { type OnWorld, onWorld } from './on-world.ts';

const counting = { counts: deliveryCounts(meter) };

/** ms that an invocation waits at its end for what it tells listeners: what they did not hear they find out within a minute. */
const tellingTime = 2_000;

interface Opened {
  readonly world: MailWorld;
  /** Tells the listeners whose clients wait in a mailbox that something is in it. */
  readonly telling: Telling;
}

/** Opened once per container, at its first invocation: what is missing in the environment fails it by name. */
let opened: Opened | undefined;

function open(): Opened {
  let telling: Telling | undefined;
  // Mailboxes tell of changes, and whom to tell is found in the tables of the same world.
  const teller: Pick<Telling, 'tell'> = { tell: (mailbox, watchers) => telling?.tell(mailbox, watchers) };
  const world = openMailWorld({ names: mailWorldNames(process.env), log, teller, ...endpointOf(process.env) });
  telling = openTelling({ ...world, log });
  return { world, telling };
}

export type MailInvocationWorld = OnWorld<MailWorld> & typeof counting;

/** As `invoked`, for functions that reach mailboxes: those stand in the VPC, with the table of mail. */
export async function invokedWithMail<T>(
  context: InvocationContext,
  work: (world: MailInvocationWorld, deadline: number) => Promise<T>,
): Promise<T> {
  opened ??= open();
  const { world, telling } = opened;
  return await onWorld(
    () => world,
    context,
    async (own, deadline) => {
      try {
        return await work({ ...own, ...counting }, deadline);
      } finally {
        await telling.sent(tellingTime);
      }
    },
  );
}
