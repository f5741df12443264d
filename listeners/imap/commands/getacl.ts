import { aclTold } from '../../../core/accounts/acl.ts';
import { rightsTold } from '../../../core/accounts/rights.ts';
import type { Handler } from '../answer.ts';
import { noMailbox, noPermission, reachMailbox } from '../reach-mailbox.ts';
import { namesAreUtf8 } from '../wire/agreed.ts';
import { formatMailbox } from '../wire/format.ts';
import { formatAstring } from '../wire/format-string.ts';

/** GETACL (RFC 4314 section 3.3). */
export const getAcl: Handler<'GETACL'> = async (command, state, ports) => {
  const reached = await reachMailbox(command.mailbox, 'a', state, ports);
  if (reached === 'absent') return { state, reply: noMailbox };
  if (reached === 'denied') return { state, reply: noPermission };
  const entries = aclTold(reached.mailbox).map(([identifier, rights]) => ` ${formatIdentifier(identifier)} ${formatRightsTold(rights)}`);
  await ports.out.line(`* ACL ${formatMailbox(reached.name, namesAreUtf8(state.agreed))}${entries.join('')}`);
  return { state, reply: 'OK GETACL completed' };
};

/** In UTF-8 (RFC 4314 section 2). */
export const formatIdentifier = (identifier: string): string => formatAstring(Buffer.from(identifier, 'utf8').toString('latin1'));

export const formatRightsTold = (rights: Parameters<typeof rightsTold>[0]): string => rightsTold(rights) || '""';
