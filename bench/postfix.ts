import { lacksPostfix, startPostfix } from '../test/harness/peers/postfix.ts';
import { serve } from '../test/harness/served.ts';
import { inTurns } from './in-turns.ts';
import { load } from './load/child.ts';
import { printMeasured } from './report.ts';

const concurrency = 20;

/** Ours beside Postfix's smtpd-to-queue in the same run: Postfix keeps every message in its hold queue, so that only acceptance is measured. */
export async function benchPostfix(): Promise<void> {
  const missing = lacksPostfix();
  if (missing !== undefined) {
    console.log(`SMTP accept beside Postfix: skipped, ${missing}`);
    return;
  }
  const postfix = await startPostfix({ main: () => accepting });
  const mail = await serve({ accounts: { 'alice@example.test': 'wonderland' }, set: { 'smtp/sessions-per-address': '0' } });
  const referenceName = "Postfix's smtpd to its queue";
  const beside = (name: 'smtp' | 'smtp-messages', count: number) =>
    inTurns(
      () => load(name, mail.ports['smtp/port'], concurrency, count),
      () => load(name, postfix.port, concurrency, count),
    );
  try {
    const messages = await beside('smtp-messages', 6000);
    printMeasured({ what: 'SMTP accept, 20 sessions that go on sending', unit: 'messages/s', ...messages, referenceName, aim: '≥ 1.50' });
    const sessions = await beside('smtp', 3000);
    printMeasured({ what: 'SMTP accept, one message a session, 20 at once', unit: 'messages/s', ...sessions, referenceName });
  } finally {
    postfix.stop();
    await mail.stop();
  }
}

const accepting = `myhostname = postfix.bench.example
mydestination = example.test
smtpd_recipient_restrictions = check_client_access static:HOLD, permit
smtpd_relay_restrictions = reject_unauth_destination
`;
