import { pop3Settings } from '../../../core/settings/listeners.ts';
import type { Handler, Pop3Context } from '../context.ts';
import { mechanismsNow } from './auth.ts';

/** CAPA: what is true of this connection now, so it is asked again after STLS (RFC 2449 section 5). */
export const capa: Handler<'CAPA'> = (_, state, context) => [
  state,
  { status: '+OK Capability list follows', listing: capabilities(context) },
];

function capabilities(context: Pop3Context): readonly string[] {
  const { session, tls, version, settings } = context;
  const delay = settings.get(pop3Settings.loginDelay);
  const days = settings.get(pop3Settings.expire);
  const byName = (['password', 'anonymous'] as const).some((way) => session.mayLogin(tls, way) === undefined);
  const mechanisms = mechanismsNow(context);
  return [
    'TOP',
    'UIDL',
    'RESP-CODES',
    'AUTH-RESP-CODE',
    'PIPELINING',
    `EXPIRE ${days === 0 ? 'NEVER' : days}`,
    ...(delay === 0 ? [] : [`LOGIN-DELAY ${delay}`]),
    'UTF8 USER',
    ...(byName ? ['USER'] : []),
    ...(mechanisms.length > 0 ? [`SASL ${mechanisms.join(' ')}`] : []),
    ...(tls === undefined ? ['STLS'] : []),
    `IMPLEMENTATION Mailweir ${version}`,
  ];
}
