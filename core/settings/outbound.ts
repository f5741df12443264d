import { choice, duration, durations, limit } from './declare.ts';
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

  route: choice('outbound/route', {
    default: 'direct',
    of: ['direct', 'smarthost'],
    from: 'ISMail: SmartHost',
    doc: 'How mail for other domains leaves: `direct` to the MX of each domain, or all of it to `outbound/smarthost`.',
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
    doc: 'Time since its acceptance after which a message that could not be delivered is given up.',
  }),
} as const;
