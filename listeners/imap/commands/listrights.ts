import { grantable, parseIdentifier } from '../../../core/accounts/acl.ts';
import { formatRights, virtualOf } from '../../../core/accounts/rights.ts';
import type { Handler } from '../answer.ts';
import { noMailbox, noPermission, reachMailbox } from '../reach-mailbox.ts';
import { namesAreUtf8 } from '../wire/agreed.ts';
import { formatMailbox } from '../wire/format.ts';
import { formatIdentifier } from './getacl.ts';
import { notIdentifier } from './setacl.ts';

/** LISTRIGHTS (RFC 4314 section 3.4). No right is tied to another. */
export const listRights: Handler<'LISTRIGHTS'> = async (command, state, ports) => {
  const identifier = parseIdentifier(command.identifier);
  if (identifier === undefined) return { state, reply: `BAD ${notIdentifier}` };
  const reached = await reachMailbox(command.mailbox, 'a', state, ports);
  if (reached === 'absent') return { state, reply: noMailbox };
  if (reached === 'denied') return { state, reply: noPermission };
  const { always, optional } = grantable(identifier, reached.mailbox.account);
  const each = [...formatRights(optional), ...virtualOf(optional)].map((right) => ` ${right}`).join('');
  // The identifier as the client wrote it, so that it knows the answer again (RFC 4314 section 3.4).
  const who = formatIdentifier(command.identifier);
  await ports.out.line(
    `* LISTRIGHTS ${formatMailbox(reached.name, namesAreUtf8(state.agreed))} ${who} ${formatRights(always) || '""'}${each}`,
  );
  return { state, reply: 'OK LISTRIGHTS completed' };
};
