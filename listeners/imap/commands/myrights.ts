import type { Handler } from '../answer.ts';
import { noMailbox, noPermission, reachMailbox } from '../reach-mailbox.ts';
import { namesAreUtf8 } from '../wire/agreed.ts';
import { formatMailbox } from '../wire/format.ts';
import { formatRightsTold } from './getacl.ts';

/** MYRIGHTS (RFC 4314 section 3.5). */
export const myRights: Handler<'MYRIGHTS'> = async (command, state, ports) => {
  const reached = await reachMailbox(command.mailbox, 'l', state, ports);
  if (reached === 'absent') return { state, reply: noMailbox };
  if (reached === 'denied') return { state, reply: noPermission };
  await ports.out.line(`* MYRIGHTS ${formatMailbox(reached.name, namesAreUtf8(state.agreed))} ${formatRightsTold(reached.rights)}`);
  return { state, reply: 'OK MYRIGHTS completed' };
};
