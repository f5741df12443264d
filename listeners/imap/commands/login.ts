import type { Refusal } from '../../../core/values/refusal.ts';
import { isRefusal } from '../../../core/values/result.ts';
import type { LoggedIn } from '../../net/session.ts';
import type { Answer, Handler, ImapPorts } from '../answer.ts';
import { capabilities } from '../capability.ts';
import { refusalBye, refusalReply } from '../refusal-reply.ts';
import type { Responses } from '../responses.ts';
import type { NotAuthenticated } from '../state.ts';
import { nothingAgreed } from '../wire/agreed.ts';

/** LOGIN (RFC 3501 section 6.2.3). */
export const login: Handler<'LOGIN'> = async ({ user, password }, state, ports) => {
  const { session, connection } = ports;
  const refusal = session.mayLogin(connection.tls, { user });
  return refusal === undefined
    ? entered(await session.login(user, password, connection.tls), state, ports)
    : { state, reply: refusalReply(refusal) };
};

/** What LOGIN and AUTHENTICATE come to. After too many failures it is goodbye. */
export async function entered(
  answer: LoggedIn | Refusal,
  state: NotAuthenticated,
  ports: ImapPorts & { readonly out: Responses },
): Promise<Answer> {
  if (isRefusal(answer)) {
    if (answer.refused !== 'too-many-failed-logins') return { state, reply: refusalReply(answer) };
    await ports.out.line(refusalBye(answer));
    return { state: { at: 'logout' }, reply: refusalReply(answer) };
  }
  const reply = `OK [CAPABILITY ${capabilities('authenticated', ports)}] Logged in`;
  return { state: { at: 'authenticated', account: answer.id, agreed: nothingAgreed }, reply };
}
