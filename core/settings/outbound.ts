import { choice, duration, durations, limit, switchSetting, whole } from './declare.ts';
import { endpoint } from './endpoint.ts';

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

/** Mail on its way to other servers. */
export const outboundSettings = {
  sessions: limit('outbound/sessions', {
    default: 30,
    range: [1, 1000],
    from: 'MDaemon: Max concurrent outbound SMTP sessions; ISMail: Outgoing connections',
    doc: 'Outbound SMTP sessions at once, over all processes.',
  }),

  messagesPerSession: whole('outbound/messages-per-session', {
    default: 0,
    range: [0, 100_000],
    from: 'MDaemon: Max messages spooled per outbound session',
    doc: 'Messages after which an outbound session says goodbye and frees its slot, though more wait. 0 = it goes on until nothing is due.',
  }),

  route: choice('outbound/route', {
    default: ({ world }) => (world === 'aws' ? 'ses' : 'direct'), // AWS blocks port 25 outbound by default
    of: ['direct', 'smarthost', 'ses'],
    from: 'ISMail: SmartHost',
    doc: 'How mail for other domains leaves: `direct` to the MX of each domain, all of it to `outbound/smarthost`, or by the API of Amazon SES. Rules for single domains (`mailweir route`) come first.',
  }),

  smarthost: endpoint('outbound/smarthost', {
    default: 'none',
    defaultPort: 25,
    from: 'ISMail: SmartHost on port 25 or another port',
    doc: 'The one next hop of the route `smarthost`: `smtp.example.net:587 user@example.net secret:relay`. The port is 25 when left out; port 465 is TLS from the first octet. The password is the secret of that name, on one machine the file `secrets/<name>` of the data directory.',
  }),

  retrySchedule: durations('outbound/retry-schedule', {
    default: [minute, 5 * minute, 15 * minute, 30 * minute, hour, 2 * hour, 4 * hour],
    range: [1, day],
    most: 50,
    from: 'MDaemon: next delivery cycle; RFC 5321 section 4.5.4.1',
    doc: 'How long a message waits after its first failed attempt, its second and so on; the last one repeats.',
  }),

  giveUpAfter: duration('outbound/give-up-after', {
    default: 5 * day,
    range: [minute, 30 * day],
    from: 'RFC 5321 section 4.5.4.1: at least 4 to 5 days',
    doc: 'Time since its acceptance after which a message that could not be delivered is given up, and its sender told.',
  }),

  warnAfter: duration('outbound/warn-after', {
    default: 4 * hour,
    range: [0, 30 * day],
    from: 'RFC 5321 section 4.5.4.1, RFC 3461 section 4.1',
    doc: 'Time since its acceptance after which the sender of a message that still waits is told so, once. 0 = never. Who asked for no such report (NOTIFY) gets none.',
  }),

  failureCache: duration('outbound/failure-cache', {
    default: 5 * minute,
    range: [0, day],
    from: 'MDaemon: Cache SMTP connection failures',
    doc: 'How long a host that could not be connected to is left alone, by all processes and for any message; then one connection tries it before the others may. 0 = never: each message finds out for itself.',
  }),

  sessionsPerDestinationAddress: limit('outbound/sessions-per-destination-address', {
    default: 0,
    range: [0, 10_000],
    from: 'MDaemon: Max simultaneous connections to any single IP',
    doc: 'Connections to one address of another host at once, over all processes. Where it is reached the next address or host of the domain is tried; with none left the mail waits. 0 = unlimited, except where a host has refused more and its own cap was learnt (`mailweir failures list`).',
  }),

  limitTrusted: switchSetting('outbound/limit-trusted', {
    default: false,
    from: 'MDaemon: connection limit for trusted IPs',
    doc: 'Whether `outbound/sessions-per-destination-address` holds for addresses of `network/trusted` too.',
  }),

  limitReserved: switchSetting('outbound/limit-reserved', {
    default: false,
    from: 'MDaemon: connection limit for reserved IPs (127.0.0.*, 192.168.*.*, 10.*.*.*, 172.16.0.0/12)',
    doc: 'Whether `outbound/sessions-per-destination-address` holds for addresses inside of a network too: 127.0.0.0/8, 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, ::1, fc00::/7 and fe80::/10.',
  }),
} as const;
