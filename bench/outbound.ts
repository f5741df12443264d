import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedWorld } from '../platform/embedded/world.ts';
import { SendingProcesses } from '../test/harness/outbound/sending-processes.ts';
import { spoolMessage } from '../test/harness/outbound/spooled.ts';
import { freePort } from '../test/harness/peers/free-port.ts';
import { lacksPostfix, startPostfix } from '../test/harness/peers/postfix.ts';
import { inTurns } from './in-turns.ts';
import { SmtpSink } from './load/smtp-sink.ts';
import { printMeasured } from './report.ts';

const count = 4000;
const concurrency = 20;
const text = 'a line of a message as people write them\r\n'.repeat(48); // 2 KB

/**
 * Delivering what waits: our outbound sessions beside Postfix's smtp client. The same number of messages of the same size waits in each spool,
 * all for one next hop, and goes to the same sink over as many connections; it is counted there.
 */
export async function benchOutbound(): Promise<void> {
  const missing = lacksPostfix();
  if (missing !== undefined) {
    console.log(`Outbound delivery beside Postfix: skipped, ${missing}`);
    return;
  }
  const sink = await SmtpSink.start(await freePort());
  try {
    const measured = await inTurns(
      () => ours(sink),
      () => postfixs(sink),
    );
    const what = `Outbound delivery, ${concurrency} connections to one host`;
    printMeasured({ what, unit: 'messages/s', ...measured, referenceName: "Postfix's smtp client", aim: '≥ 1.00' });
  } finally {
    await sink.stop();
  }
}

/** A data directory that is filled, then a process that delivers from it. */
async function ours(sink: SmtpSink): Promise<number> {
  await using ends = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), 'mailweir-bench-'));
  ends.defer(() => rm(dataDir, { recursive: true, force: true }));
  const world = await openEmbeddedWorld({ dataDir });
  const ids = Array.from({ length: count }, (_, i) => ({ id: `<${i}@example.org>`, to: `m${i}@far.example`, text }));
  for (let i = 0; i < count; i += 200) await Promise.all(ids.slice(i, i + 200).map((one) => spoolMessage(world, one)));
  await world.close();
  const settings = { 'outbound/sessions': concurrency, 'outbound/route': 'smarthost', 'outbound/smarthost': `127.0.0.1:${sink.port}` };
  const rate = sink.rate(count);
  await SendingProcesses.start({ after: (end) => ends.defer(end) }, { dataDir, dns: '127.0.0.1:1', port: 1, settings }, 1);
  return await rate;
}

/** A Postfix whose queue is filled while it holds, then is let go. */
async function postfixs(sink: SmtpSink): Promise<number> {
  const postfix = await startPostfix({
    services: ['smtp'],
    main: () => `myhostname = postfix.bench.example
mydestination =
mynetworks = 127.0.0.0/8
relayhost = [127.0.0.1]:${sink.port}
smtp_connection_cache_destinations = [127.0.0.1]:${sink.port}
initial_destination_concurrency = ${concurrency}
default_destination_concurrency_limit = ${concurrency}
smtpd_recipient_restrictions = check_client_access static:HOLD, permit
smtpd_relay_restrictions = permit_mynetworks, reject
`,
  });
  try {
    const source = ['-s', '20', '-m', `${count}`, '-l', `${text.length}`, '-f', 'alice@example.org', '-t', 'x@far.example'];
    execFileSync('/usr/sbin/smtp-source', [...source, `127.0.0.1:${postfix.port}`]);
    const rate = sink.rate(count);
    execFileSync('/usr/sbin/postsuper', ['-c', postfix.config, '-H', 'ALL'], { stdio: 'ignore' });
    execFileSync('/usr/sbin/postqueue', ['-c', postfix.config, '-f']);
    return await rate;
  } finally {
    postfix.stop();
  }
}
