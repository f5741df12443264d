import { serve } from '../test/harness/served.ts';
import { inTurns } from './in-turns.ts';
import { end, load, reference } from './load/child.ts';
import { printMeasured } from './report.ts';

const concurrency = 20;
const unlimited = Object.fromEntries(
  ['smtp', 'pop3', 'imap'].flatMap((protocol) => [
    [`${protocol}/sessions-per-address`, '0'],
    ...(protocol === 'smtp' ? [] : [[`${protocol}/sessions-per-account`, '0']]),
  ]),
);

export async function benchSmtp(): Promise<void> {
  const mail = await serve({ accounts: { 'alice@example.test': 'wonderland' }, set: unlimited });
  const bare = await reference('bare-smtp-server.ts');
  const referenceName = 'bare smtp-server with one fsync a message';
  const beside = (name: 'smtp' | 'smtp-messages', count: number) =>
    inTurns(
      () => load(name, mail.ports['smtp/port'], concurrency, count),
      () => load(name, bare.ports[0] ?? 0, concurrency, count),
    );
  try {
    const messages = await beside('smtp-messages', 6000);
    printMeasured({ what: 'SMTP to INBOX, 20 sessions that go on sending', unit: 'messages/s', ...messages, referenceName, aim: '≥ 0.60' });
    const sessions = await beside('smtp', 3000);
    printMeasured({
      what: 'SMTP to INBOX, one message a session, 20 at once',
      unit: 'messages/s',
      ...sessions,
      referenceName,
      aim: '≥ 0.60',
    });
  } finally {
    await end(bare.child);
    await mail.stop();
  }
}

async function benchCycle(protocol: 'imap' | 'pop3', what: string): Promise<void> {
  const mail = await serve({ accounts: { 'alice@example.test': 'wonderland' }, set: unlimited });
  const bare = await reference('bare-dialogue.ts', [protocol]);
  // POP3 locks the maildrop for the session, so its cycles come one after the other.
  const atOnce = protocol === 'pop3' ? 1 : concurrency;
  const count = protocol === 'pop3' ? 1000 : 3000;
  try {
    await load('smtp', mail.ports['smtp/port'], 5, 20);
    await load(protocol, mail.ports[`${protocol}/port`], atOnce, 200);
    const figures = await inTurns(
      () => load(protocol, mail.ports[`${protocol}/port`], atOnce, count),
      () => load(protocol, bare.ports[0] ?? 0, atOnce, count),
    );
    printMeasured({ what, unit: 'cycles/s', ...figures, referenceName: 'a bare socket with canned answers' });
  } finally {
    await end(bare.child);
    await mail.stop();
  }
}

export const benchImap = (): Promise<void> => benchCycle('imap', 'IMAP login, select, fetch flags and one message, 20 at once');
export const benchPop3 = (): Promise<void> => benchCycle('pop3', 'POP3 login, uidl, retrieve, one at a time');
