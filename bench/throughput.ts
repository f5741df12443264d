import { serve } from '../test/harness/served.ts';
import { end, load, reference } from './load/child.ts';
import { median, printMeasured } from './report.ts';

const concurrency = 20;
const rounds = 3;
const unlimited = Object.fromEntries(
  ['smtp', 'pop3', 'imap'].flatMap((protocol) => [
    [`${protocol}/sessions-per-address`, '0'],
    ...(protocol === 'smtp' ? [] : [[`${protocol}/sessions-per-account`, '0']]),
  ]),
);

/** Ours and the reference take turns, so that a slow moment of the machine meets both. */
async function alternating(ours: () => Promise<number>, other: () => Promise<number>): Promise<{ ours: number; reference: number }> {
  const figures = { ours: [] as number[], other: [] as number[] };
  for (let i = 0; i < rounds; i += 1) {
    figures.ours.push(await ours());
    figures.other.push(await other());
  }
  return { ours: median(figures.ours), reference: median(figures.other) };
}

export async function benchSmtp(): Promise<void> {
  const count = 3000;
  const mail = await serve({ accounts: { 'alice@example.test': 'wonderland' }, set: unlimited });
  const bare = await reference('bare-smtp-server.ts');
  try {
    await load('smtp', mail.ports['smtp/port'], concurrency, 500);
    await load('smtp', bare.ports[0] ?? 0, concurrency, 500);
    const figures = await alternating(
      () => load('smtp', mail.ports['smtp/port'], concurrency, count),
      () => load('smtp', bare.ports[0] ?? 0, concurrency, count),
    );
    printMeasured({
      what: 'SMTP accept to durable spool and INBOX, 20 at once',
      unit: 'messages/s',
      ...figures,
      referenceName: 'bare smtp-server with one fsync a message',
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
    const figures = await alternating(
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
