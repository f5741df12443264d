import { type MessageFault, parseSaslAnonymous, parseSaslExternal } from '../../../core/accounts/sasl-message.ts';
import { parseSaslPlain } from '../../../core/accounts/sasl-plain.ts';
import { loginSettings } from '../../../core/settings/login.ts';
import type { Refusal } from '../../../core/values/refusal.ts';
import type { LoginWay } from '../../net/login-ways.ts';
import type { LoggedIn } from '../../net/session.ts';
import type { Handler, ImapPorts } from '../answer.ts';
import { LiteralUnfinished } from '../literals.ts';
import { refusalReply } from '../refusal-reply.ts';
import type { Responses } from '../responses.ts';
import { entered } from './login.ts';

const maxResponse = 12_288; // octets: RFC 9051 section 6.2.2 has servers take at least this

type Ports = ImapPorts & { readonly out: Responses };
/** A reply of its own when the message can't be read. */
type Tried = LoggedIn | Refusal | string;

interface Mechanism {
  readonly way: LoginWay;
  try(response: string, ports: Ports): Promise<Tried> | Tried;
}

/** PLAIN (RFC 4616), EXTERNAL (RFC 4422 appendix A) and ANONYMOUS (RFC 4505): all have one message, the client's. */
const mechanisms: Readonly<Record<string, Mechanism>> = {
  PLAIN: {
    way: 'password',
    try(response, { session, connection }) {
      const credentials = parseSaslPlain(response);
      if (credentials === 'other-identity') return notForOthers;
      if (typeof credentials === 'string') return fault(credentials, 'PLAIN');
      return session.login(credentials.user, credentials.password, connection.tls);
    },
  },
  EXTERNAL: {
    way: 'certificate',
    try(response, { session, connection }) {
      const message = parseSaslExternal(response === '' ? '=' : response);
      if (typeof message === 'string') return fault(message, 'EXTERNAL');
      return session.loginWith({ way: 'certificate', ...message }, connection.tls);
    },
  },
  ANONYMOUS: {
    way: 'anonymous',
    try(response, { session, connection }) {
      const message = parseSaslAnonymous(response === '' ? '=' : response);
      return message === 'well-formed' ? session.loginWith({ way: 'anonymous' }, connection.tls) : fault(message, 'ANONYMOUS');
    },
  },
};

const notForOthers = 'NO [AUTHORIZATIONFAILED] Nobody may act for somebody else here';

const fault = (what: MessageFault, mechanism: string): string =>
  what === 'not-base64' ? 'BAD The response is not base64' : `BAD The response is not a message of SASL ${mechanism}`;

/** AUTHENTICATE (RFC 3501 section 6.2.2), with or without its one message on the same line (RFC 4959). */
export const authenticate: Handler<'AUTHENTICATE'> = async ({ mechanism: name, initial }, state, ports) => {
  const mechanism = Object.hasOwn(mechanisms, name) ? mechanisms[name] : undefined;
  if (mechanism === undefined) return { state, reply: 'NO [CANNOT] This mechanism is not offered' };
  const refusal = ports.session.mayLogin(ports.connection.tls, mechanism.way);
  if (refusal !== undefined) return { state, reply: refusalReply(refusal) };
  const response = initial ?? (await ask(ports));
  if (typeof response !== 'string') return { state, reply: response.reply };
  if (response === '*') return { state, reply: 'BAD Authentication cancelled' };
  const tried = await mechanism.try(response, ports);
  return typeof tried === 'string' ? { state, reply: tried } : entered(tried, state, ports);
};

/** @returns the client's line. @throws LiteralUnfinished when none comes */
async function ask({ out, connection, settings }: Ports): Promise<string | { readonly reply: string }> {
  await out.line('+ ');
  await out.flush();
  const line = await connection.readLine(maxResponse, settings.get(loginSettings.time) * 1000);
  if (line.kind === 'too-long') return { reply: `BAD The response may have ${maxResponse} octets` };
  if (line.kind === 'interrupted') return { reply: 'NO [UNAVAILABLE] Try again later' }; // the session's end follows
  if (line.kind !== 'line') throw new LiteralUnfinished(`no SASL response: ${line.kind}`);
  return line.bytes.toString('latin1');
}
