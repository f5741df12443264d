import { parseSaslPlain, type SaslFault } from '../../../core/accounts/sasl-plain.ts';
import type { Answer, Handler, Pop3Context } from '../context.ts';
import { refusalReply } from '../refusal-reply.ts';
import { err, type Pop3Reply } from '../reply.ts';
import { type Authorization, closing } from '../state.ts';
import { enter, outside } from './enter.ts';

/** AUTH PLAIN, with or without the initial response (RFC 5034 section 4). AUTH alone lists the mechanisms, as older clients ask. */
export const auth: Handler<'AUTH'> = async (command, state, context) => {
  const refusal = context.session.mayLogin(context.tls);
  if (command.mechanism === undefined) return [state, { status: '+OK Mechanisms follow', listing: refusal === undefined ? ['PLAIN'] : [] }];
  if (command.mechanism !== 'PLAIN') return [state, err('Unknown authentication mechanism')];
  if (refusal !== undefined) return [state, { status: refusalReply(refusal) }];
  return command.initial === undefined ? askThenEnter(state, context) : enterPlain(command.initial, state, context);
};

async function askThenEnter(state: Authorization, context: Pop3Context): Promise<Answer> {
  const line = await context.challenge();
  if (line.kind === 'too-long') return [outside(state), err('Line too long')];
  if (line.kind !== 'line') return [closing, err('[SYS/TEMP] No answer to the challenge')];
  const text = line.bytes.toString('latin1');
  return text === '*' ? [outside(state), err('Authentication cancelled')] : enterPlain(text, state, context);
}

async function enterPlain(base64: string, state: Authorization, context: Pop3Context): Promise<Answer> {
  const credentials = parseSaslPlain(base64);
  return typeof credentials === 'string'
    ? [outside(state), faults[credentials]]
    : enter(credentials.user, credentials.password, state, context);
}

const faults: Readonly<Record<SaslFault, Pop3Reply>> = {
  'not-base64': err('That is not base64'),
  malformed: err('PLAIN is authzid NUL user NUL password'),
  'other-identity': err('[AUTH] Nobody may act for another user here'),
};
