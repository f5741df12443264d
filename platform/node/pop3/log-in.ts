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
  { saslPlain, utf8, loginDelay }: Capabilities,
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
  // Else the server rewrites headers that have UTF-8 (RFC 6856 section 2.1). One that refuses it after all has nothing better to give.
  if (utf8) await session.command('UTF8');
  if (saslPlain) return await checked(session.exchange('AUTH PLAIN', plain));
  await checked(session.command(`USER ${user}`));
  await checked(session.command(`PASS ${password}`));
}
