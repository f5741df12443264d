import { certificateFor, expiredCertificateFor } from '../harness/elsewhere/certificates.ts';
import type { Faults, MxScript } from '../harness/elsewhere/faults.ts';

/** A fault of a domain's only host, and what it means for a message. */
export interface FaultRow {
  readonly fault: string;
  readonly host: MxScript | 'refuses';
  readonly message:
    | { readonly delivered: 'over TLS' | 'in plain' }
    /** Tried again later. */
    | { readonly deferred: RegExp }
    /** Given back to the sender. */
    | { readonly bounced: RegExp };
  /** The next host of the domain is tried at once. @default false */
  readonly nextHost?: boolean;
  /** Copies at the host that the sender did not hear a reply of. @default 0 */
  readonly unheard?: number;
  /** The fault is that nothing comes. @default false */
  readonly silent?: boolean;
  /** The host is left alone for a while, by all messages. @default false */
  readonly remembered?: boolean;
}

const always = (faults: Faults): MxScript => ({ connection: () => faults });
const later = (stage: keyof Faults): MxScript => always({ [stage]: { reply: '451 4.3.0 not now' } });
const never = (stage: keyof Faults): MxScript => always({ [stage]: { reply: '554 5.7.1 not you' } });
const busy = (stage: keyof Faults): MxScript => always({ [stage]: { reply: '421 4.3.2 busy' } });
const drops = (stage: keyof Faults): MxScript => always({ [stage]: 'drop' });

const mx = certificateFor('mx.example');
const unreachable = { nextHost: true, remembered: true };

export const faultTable: readonly FaultRow[] = [
  { fault: 'none', host: {}, message: { delivered: 'in plain' } },
  { fault: 'none, with TLS', host: { tls: mx }, message: { delivered: 'over TLS' } },

  { fault: 'connection refused', host: 'refuses', message: { deferred: /^4\.4\.1 .*ECONNREFUSED/ }, ...unreachable },
  { fault: 'says nothing', host: always({ greeting: 'silence' }), message: { deferred: /^4\.4\.\d / }, silent: true, ...unreachable },
  { fault: '421 at the greeting', host: busy('greeting'), message: { deferred: /421 4\.3\.2 busy/ }, ...unreachable },
  { fault: '554 at the greeting', host: never('greeting'), message: { deferred: /554 5\.7\.1 not you/ }, ...unreachable },
  { fault: 'drops at the greeting', host: drops('greeting'), message: { deferred: /^4\.4\.\d / }, ...unreachable },
  { fault: 'garbage at the greeting', host: always({ greeting: 'garbage' }), message: { deferred: /^4\.4\.\d / }, ...unreachable },

  { fault: '421 at EHLO', host: busy('ehlo'), message: { deferred: /421 4\.3\.2 busy/ }, ...unreachable },
  { fault: 'drops at EHLO', host: drops('ehlo'), message: { deferred: /^4\.4\.\d / }, ...unreachable },

  {
    fault: 'TLS: refused',
    host: { tls: mx, ...always({ starttls: { reply: '454 4.7.0 no TLS now' } }) },
    message: { delivered: 'in plain' },
  },
  { fault: 'TLS: garbage', host: { tls: mx, ...always({ handshake: 'garbage' }) }, message: { delivered: 'in plain' } },
  { fault: 'TLS: drops in the handshake', host: { tls: mx, ...always({ handshake: 'drop' }) }, message: { delivered: 'in plain' } },
  { fault: 'TLS: wrong name', host: { tls: certificateFor('other.example') }, message: { delivered: 'over TLS' } },
  { fault: 'TLS: expired', host: { tls: expiredCertificateFor('mx.example') }, message: { delivered: 'over TLS' } },

  { fault: '4xx at MAIL', host: later('mail'), message: { deferred: /451 4\.3\.0 not now/ } },
  { fault: '5xx at MAIL', host: never('mail'), message: { bounced: /554 5\.7\.1 not you/ } },
  { fault: '421 at MAIL', host: busy('mail'), message: { deferred: /421 4\.3\.2 busy/ } },
  { fault: 'drops at MAIL', host: drops('mail'), message: { deferred: /^4\.4\.2 / } },
  { fault: '4xx at RCPT', host: later('rcpt'), message: { deferred: /451 4\.3\.0 not now/ } },
  { fault: '5xx at RCPT', host: never('rcpt'), message: { bounced: /554 5\.7\.1 not you/ } },
  { fault: '421 at RCPT', host: busy('rcpt'), message: { deferred: /421 4\.3\.2 busy/ } },
  { fault: 'drops at RCPT', host: drops('rcpt'), message: { deferred: /^4\.4\.2 / } },
  { fault: '4xx at DATA', host: later('data'), message: { deferred: /451 4\.3\.0 not now/ } },
  { fault: '5xx at DATA', host: never('data'), message: { bounced: /554 5\.7\.1 not you/ } },
  { fault: '421 at DATA', host: busy('data'), message: { deferred: /421 4\.3\.2 busy/ } },
  { fault: 'drops at DATA', host: drops('data'), message: { deferred: /^4\.4\.2 / } },
  { fault: 'drops in the midst of the message', host: drops('body'), message: { deferred: /^4\.4\.2 / } },
  { fault: '4xx behind the dot', host: later('dot'), message: { deferred: /451 4\.3\.0 not now/ } },
  { fault: '5xx behind the dot', host: never('dot'), message: { bounced: /554 5\.7\.1 not you/ } },
  { fault: '421 behind the dot', host: busy('dot'), message: { deferred: /421 4\.3\.2 busy/ } },
  { fault: 'drops behind the dot', host: drops('dot'), message: { deferred: /^4\.4\.2 / }, unheard: 1 },
  { fault: '421 behind the reply', host: busy('afterReply'), message: { delivered: 'in plain' } },
  { fault: 'closes behind the reply', host: always({ afterReply: 'close' }), message: { delivered: 'in plain' } },
  { fault: 'drops instead of 221', host: drops('quit'), message: { delivered: 'in plain' } },

  { fault: 'each reply late, octet by octet', host: { tls: mx, slow: { reply: 5, octet: 1 } }, message: { delivered: 'over TLS' } },
];
