import type { Amount } from '../../../core/values/amount.ts';
import type { Uid } from '../../../core/values/uid.ts';
import type { Answer, CommandOf, Handler, ImapPorts } from '../answer.ts';
import { amountOf, lessOld } from '../appending/append-quota.ts';
import { AppendStream } from '../appending/append-stream.ts';
import { removalThen, rightsThen } from '../appending/rights-then.ts';
import { readToEnd, refuseMessages, takeMessages } from '../appending/take-messages.ts';
import { noteQuota, refusedByQuota } from '../quota-check.ts';
import { noPermission, noTarget, reachMailbox } from '../reach-mailbox.ts';
import type { Responses } from '../responses.ts';
import type { StateFor } from '../state.ts';

/**
 * REPLACE and UID REPLACE (RFC 8508): a message comes and another goes, in one step. APPENDUID comes untagged and before the EXPUNGE, which is told
 * with the other news.
 */
export const replace: Handler<'REPLACE'> = (command, state, ports) => {
  const stream = new AppendStream(command.line, ports);
  return readToEnd(stream, ports, () => take(stream, command, state, ports));
};

async function take(
  stream: AppendStream,
  { uid, set, mailbox: name }: CommandOf<'REPLACE'>,
  state: StateFor<'REPLACE'>,
  ports: ImapPorts & { readonly out: Responses },
): Promise<Answer> {
  const { view, mailbox: from } = state;
  const refused = (reply: string) => refuseMessages(reply, stream, state, ports);
  const msns = view.resolve(set, uid);
  if (msns === undefined) return refused('BAD There is no such message');
  if (state.readOnly) return refused('NO [READ-ONLY] The mailbox is selected read-only');
  const [old] = view.uidsOf(msns);
  if (old === undefined) return refused('NO [NONEXISTENT] There is no such message');
  if (!state.rights.has('t') || !state.rights.has('e')) return refused(noPermission);
  const reached = await reachMailbox(name, 'i', state, ports);
  if (reached === 'denied') return refused(noPermission);
  if (reached === 'absent') return refused(noTarget);
  const { mailbox: to } = reached;
  const added = async (comes: Amount): Promise<Amount> =>
    to.account === from.account ? await lessOld(comes, from.id, old.from as Uid, ports.mailboxes) : comes;
  const target = {
    rightsNow: rightsThen(name, reached, state, ports),
    quotaHolds: async (octets: number) => (await refusedByQuota(to.account, await added({ octets, messages: 1 }), ports)) === undefined,
  };

  return await takeMessages(stream, 1, target, state, ports, async ([message]) => {
    if (message === undefined) throw new Error('REPLACE without a message');
    const kept = await removalThen(state, ports);
    if (kept !== undefined) return { kept: false, answer: { state, reply: kept } };
    const more = await added(amountOf([message]));
    const over = await refusedByQuota(to.account, more, ports);
    if (over !== undefined) return { kept: false, answer: { state, reply: over } };
    const appended = await ports.mailboxes.replace(from.id, old.from as Uid, to.id, message);
    if (appended === undefined) return { kept: false, answer: { state, reply: 'NO [EXPUNGEISSUED] The message is gone' } };
    await noteQuota(to.account, more, state.account, ports);
    await ports.out.line(`* OK [APPENDUID ${to.uidValidity} ${appended.uid}] Replacement is there`);
    return { kept: true, answer: { state, reply: `OK ${uid ? 'UID ' : ''}REPLACE completed`, withModseq: state.agreed.qresync } };
  });
}
