import { duration, limit } from './declare.ts';

/** Mail collected from accounts at other servers. */
export const collectSettings = {
  sessions: limit('collect/sessions', {
    default: 10,
    range: [0, 1000],
    from: 'MDaemon: MultiPOP, max outbound POP sessions',
    doc: 'Sessions at once that collect mail from external POP3 accounts, over all processes. Each works through sources until all that are due are done. 0 = unlimited.',
  }),

  sessionsPerServer: limit('collect/sessions-per-server', {
    default: 2,
    range: [0, 1000],
    from: 'servers take many sessions from one address for an attack',
    doc: 'Sessions at once with one server (by its host name), over all processes. Sources of a server that is full wait; others go first. 0 = unlimited.',
  }),

  interval: duration('collect/interval', {
    default: 10 * 60,
    range: [60, 86_400],
    from: 'MDaemon: MultiPOP collection interval',
    doc: 'Time between the end of a run and the next one of the same source. A server that asks for more (LOGIN-DELAY) gets it, and failures make it longer.',
  }),
} as const;
