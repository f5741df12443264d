import type { Handler, Pop3Context } from '../context.ts';

/** CAPA: what is true of this connection now, so it is asked again after STLS (RFC 2449 section 5). */
export const capa: Handler<'CAPA'> = (_, state, context) => [
  state,
  { status: '+OK Capability list follows', listing: capabilities(context) },
];

function capabilities({ session, tls, version }: Pop3Context): readonly string[] {
  const mayLogin = session.mayLogin(tls) === undefined;
  return [
    'TOP',
    'UIDL',
    'RESP-CODES',
    'AUTH-RESP-CODE',
    'PIPELINING',
    'EXPIRE NEVER',
    'UTF8 USER',
    ...(mayLogin ? ['USER', 'SASL PLAIN'] : []),
    ...(tls === undefined ? ['STLS'] : []),
    `IMPLEMENTATION Mailweir ${version}`,
  ];
}
