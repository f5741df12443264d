import { deliveryCounts } from '../core/observe/delivery-counts.ts';
import { type MailWorld, openMailWorld } from '../platform/aws/world.ts';
import { mailWorldNames } from '../platform/aws/world-names.ts';
import { endpointOf, type InvocationContext, log, meter } from './invocation-log.ts';
import { type OnWorld, onWorld } from './on-world.ts';

const counting = { counts: deliveryCounts(meter) };

/** Opened once per container, at its first invocation: what is missing in the environment fails it by name. */
let opened: MailWorld | undefined;

const open = (): MailWorld => {
  opened ??= openMailWorld({ names: mailWorldNames(process.env), log, ...endpointOf(process.env) });
  return opened;
};

export type MailInvocationWorld = OnWorld<MailWorld> & typeof counting;

/** As `invoked`, for functions that reach mailboxes: those stand in the VPC, with the table of mail. */
export const invokedWithMail = <T>(
  context: InvocationContext,
  work: (world: MailInvocationWorld, deadline: number) => Promise<T>,
): Promise<T> => onWorld(open, context, (world, deadline) => work({ ...world, ...counting }, deadline));
