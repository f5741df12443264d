import { isRefusal } from '../../../core/values/result.ts';
import type { Answer, Handler, ImapPorts } from '../answer.ts';
import { capabilities } from '../capability.ts';
import { refusalBye, refusalReply } from '../refusal-reply.ts';
import type { Responses } from '../responses.ts';
import type { NotAuthenticated } from '../state.ts';
import { nothingAgreed } from '../wire/agreed.ts';

/** LOGIN (RFC 3501 section 6.2.3). */
export const login: Handler<'LOGIN'> = async ({ user, password }, state, ports) => {
  const refusal = ports.session.mayLogin(ports.connection.tls);
  return refusal === undefined ? logIn({ user, password }, state, ports) : { state, reply: refusalReply(refusal) };
};

/** What LOGIN and AUTHENTICATE come to. After too many failures it is goodbye. */
export async function logIn(
  { user, password }: { readonly user: string; readonly password: string },
  state: NotAuthenticated,
  ports: ImapPorts & { readonly out: Responses },
): Promise<Answer> {
  const { session, connection, out } = ports;
  const answer = await session.login(user, password, connection.tls);
  if (isRefusal(answer)) {
    if (answer.refused !== 'too-many-failed-logins') return { state, reply: refusalReply(answer) };
    await out.line(refusalBye(answer));
    return { state: { at: 'logout' }, reply: refusalReply(answer) };
  }
  const reply = `OK [CAPABILITY ${capabilities('authenticated', ports)}] Logged in`;
  return { state: { at: 'authenticated', account: answer.id, agreed: nothingAgreed }, reply };
}
