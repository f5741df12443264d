import { imapSessions, type Player, pop3Sessions, smtpMessages, smtpSessions } from './cycles.ts';
import type { LoadName } from './load-name.ts';

/** A process of its own, so that the load does not run on the server's thread: `run-load.ts <load> <port> <concurrency> <count>` prints how many a second. */
const players: Readonly<Record<LoadName, Player>> = {
  smtp: smtpSessions,
  'smtp-messages': smtpMessages,
  imap: imapSessions,
  pop3: pop3Sessions,
};

const [name = '', port = '', concurrency = '', count = ''] = process.argv.slice(2);
const player = players[name as LoadName];
if (player === undefined) throw new Error(`no load ${name}`);

let left = Number(count);
const more = (): boolean => left-- > 0;
const started = performance.now();
await Promise.all(Array.from({ length: Number(concurrency) }, () => player(Number(port), more)));
console.log(String((Number(count) / (performance.now() - started)) * 1000));
