import { MaildropFault, type MaildropLogin } from '../../../core/collect/maildrop-client.ts';
import type { Capabilities } from './capabilities.ts';
import { faultOf } from './reply.ts';
import type { Pop3Session } from './session.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: a line break in a password would be a command
const unsendable = /[\x00\r\n]/;

/** AUTH PLAIN where the server has it (RFC 5034: it says in which charset), else USER and PASS. @throws MaildropFault */
export async function logIn(
  session: Pop3Session,
  { user, password }: MaildropLogin,
  { saslPlain, loginDelay }: Capabilities,
): Promise<void> {
  if (unsendable.test(password) || unsendable.test(user)) throw new MaildropFault('login-refused', 'the password holds a line break');
  const plain = Buffer.from(`\0${user}\0${password}`, 'utf8').toString('base64');
  // The server may repeat what it was sent: octets as they come back.
  const secrets = [Buffer.from(password, 'utf8').toString('latin1'), plain];
  session.hide(secrets);
  const checked = async (reply: ReturnType<Pop3Session['command']>): Promise<void> => {
    const answer = await reply;
    if (!answer.ok) throw faultOf('the server refuses the login', answer, 'login-refused', secrets, loginDelay || undefined);
  };
  if (saslPlain) return await checked(session.exchange('AUTH PLAIN', plain));
  await checked(session.command(`USER ${user}`));
  await checked(session.command(`PASS ${password}`));
}
