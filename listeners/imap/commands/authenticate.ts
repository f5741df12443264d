import { parseSaslPlain } from '../../../core/accounts/sasl-plain.ts';
import { loginSettings } from '../../../core/settings/login.ts';
import type { Answer, Handler } from '../answer.ts';
import { LiteralUnfinished } from '../literals.ts';
import { refusalReply } from '../refusal-reply.ts';
import { logIn } from './login.ts';

const maxResponse = 12_288; // octets: RFC 9051 section 6.2.2 has servers take at least this

/** AUTHENTICATE PLAIN (RFC 3501 section 6.2.2, RFC 4616), with or without its one message on the same line (RFC 4959). */
export const authenticate: Handler<'AUTHENTICATE'> = async ({ mechanism, initial }, state, ports) => {
  const { session, connection, settings, out } = ports;
  const no = (reply: string): Answer => ({ state, reply });
  if (mechanism !== 'PLAIN') return no('NO [CANNOT] This mechanism is not offered');
  const refusal = session.mayLogin(connection.tls);
  if (refusal !== undefined) return no(refusalReply(refusal));

  let response = initial;
  if (response === undefined) {
    await out.line('+ ');
    await out.flush();
    const line = await connection.readLine(maxResponse, settings.get(loginSettings.time) * 1000);
    if (line.kind === 'too-long') return no(`BAD The response may have ${maxResponse} octets`);
    if (line.kind === 'interrupted') return no('NO [UNAVAILABLE] Try again later'); // the session's end follows
    if (line.kind !== 'line') throw new LiteralUnfinished(`no SASL response: ${line.kind}`);
    response = line.bytes.toString('latin1');
  }
  if (response === '*') return no('BAD Authentication cancelled');
  const credentials = parseSaslPlain(response);
  if (credentials === 'other-identity') return no('NO [AUTHORIZATIONFAILED] Nobody may act for somebody else here');
  if (credentials === 'not-base64') return no('BAD The response is not base64');
  return credentials === 'malformed' ? no('BAD The response is not a message of SASL PLAIN') : logIn(credentials, state, ports);
};
