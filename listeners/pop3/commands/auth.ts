import { type MessageFault, parseSaslAnonymous, parseSaslExternal } from '../../../core/accounts/sasl-message.ts';
import { parseSaslPlain } from '../../../core/accounts/sasl-plain.ts';
import type { Refusal } from '../../../core/values/refusal.ts';
import type { LoginWay } from '../../net/login-ways.ts';
import type { LoggedIn } from '../../net/session.ts';
import type { Answer, Handler, Pop3Context } from '../context.ts';
import { refusalReply } from '../refusal-reply.ts';
import { err, type Pop3Reply } from '../reply.ts';
import { type Authorization, closing } from '../state.ts';
import { entered, outside } from './enter.ts';

type Tried = LoggedIn | Refusal | Pop3Reply;

interface Mechanism {
  readonly way: LoginWay;
  try(response: string, context: Pop3Context): Promise<Tried> | Tried;
}

/** PLAIN (RFC 4616), EXTERNAL (RFC 4422 appendix A) and ANONYMOUS (RFC 4505): all have one message, the client's. */
const mechanisms: Readonly<Record<string, Mechanism>> = {
  PLAIN: {
    way: 'password',
    try(response, { session, tls }) {
      const credentials = parseSaslPlain(response);
      if (credentials === 'other-identity') return err('[AUTH] Nobody may act for another user here');
      if (typeof credentials === 'string') return fault(credentials, 'PLAIN is authzid NUL user NUL password');
      return session.login(credentials.user, credentials.password, tls);
    },
  },
  EXTERNAL: {
    way: 'certificate',
    try(response, { session, tls }) {
      const message = parseSaslExternal(response === '' ? '=' : response);
      if (typeof message === 'string') return fault(message, 'EXTERNAL is an account or nothing');
      return session.loginWith({ way: 'certificate', ...message }, tls);
    },
  },
  ANONYMOUS: {
    way: 'anonymous',
    try(response, { session, tls }) {
      const message = parseSaslAnonymous(response === '' ? '=' : response);
      return message === 'well-formed' ? session.loginWith({ way: 'anonymous' }, tls) : fault(message, 'ANONYMOUS is up to 255 characters');
    },
  },
};

const fault = (what: MessageFault, form: string): Pop3Reply => err(what === 'not-base64' ? 'That is not base64' : form);

/** @returns names of the mechanisms that would be taken now */
export const mechanismsNow = ({ session, tls }: Pick<Pop3Context, 'session' | 'tls'>): readonly string[] =>
  Object.entries(mechanisms).flatMap(([name, { way }]) => (session.mayLogin(tls, way) === undefined ? [name] : []));

/** AUTH, with or without the initial response (RFC 5034 section 4). Alone it lists the mechanisms, as older clients ask. */
export const auth: Handler<'AUTH'> = async (command, state, context) => {
  if (command.mechanism === undefined) return [state, { status: '+OK Mechanisms follow', listing: mechanismsNow(context) }];
  const mechanism = Object.hasOwn(mechanisms, command.mechanism) ? mechanisms[command.mechanism] : undefined;
  if (mechanism === undefined) return [state, err('Unknown authentication mechanism')];
  const refusal = context.session.mayLogin(context.tls, mechanism.way);
  if (refusal !== undefined) return [state, { status: refusalReply(refusal) }];
  return command.initial === undefined ? askThenEnter(mechanism, state, context) : enterBy(mechanism, command.initial, state, context);
};

async function askThenEnter(mechanism: Mechanism, state: Authorization, context: Pop3Context): Promise<Answer> {
  const line = await context.challenge();
  if (line.kind === 'too-long') return [outside(state), err('Line too long')];
  if (line.kind !== 'line') return [closing, err('[SYS/TEMP] No answer to the challenge')];
  const text = line.bytes.toString('latin1');
  return text === '*' ? [outside(state), err('Authentication cancelled')] : enterBy(mechanism, text, state, context);
}

async function enterBy(mechanism: Mechanism, response: string, state: Authorization, context: Pop3Context): Promise<Answer> {
  const tried = await mechanism.try(response, context);
  return 'status' in tried ? [outside(state), tried] : entered(tried, state, context);
}
