import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '../test/harness/served.ts';
import { inTurns } from './in-turns.ts';
import { load } from './load/child.ts';
import { printMeasured } from './report.ts';

const concurrency = 20;

/** Ours beside Postfix's smtpd-to-queue in the same run: Postfix keeps every message in its hold queue, so that only acceptance is measured. */
export async function benchPostfix(): Promise<void> {
  const missing = whyNot();
  if (missing !== undefined) {
    console.log(`SMTP accept beside Postfix: skipped, ${missing}`);
    return;
  }
  const postfix = await startPostfix();
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

function whyNot(): string | undefined {
  if (!existsSync('/usr/sbin/postfix')) return 'Postfix is not installed';
  return process.getuid?.() === 0 ? undefined : 'Postfix starts only as root';
}

async function startPostfix(): Promise<{ readonly port: number; stop(): void }> {
  const home = mkdtempSync(join(tmpdir(), 'postfix-'));
  chmodSync(home, 0o755);
  const [config, queue, data] = ['config', 'queue', 'data'].map((name) => join(home, name)) as [string, string, string];
  for (const folder of [config, queue, data]) mkdirSync(folder);
  execFileSync('chown', ['postfix', data]);
  const port = await freePort();
  writeFileSync(join(config, 'main.cf'), mainCf(queue, data));
  writeFileSync(join(config, 'master.cf'), masterCf(port));
  const postfix = (command: string): void => void execFileSync('/usr/sbin/postfix', ['-c', config, command], { stdio: 'ignore' });
  postfix('start');
  return {
    port,
    stop: () => {
      postfix('stop');
      rmSync(home, { recursive: true, force: true });
    },
  };
}

const mainCf = (queue: string, data: string): string =>
  `compatibility_level = 3.6
queue_directory = ${queue}
data_directory = ${data}
inet_interfaces = loopback-only
inet_protocols = ipv4
myhostname = postfix.bench.example
mydestination = example.test
local_recipient_maps =
alias_maps =
alias_database =
smtpd_peername_lookup = no
smtpd_client_connection_count_limit = 0
smtpd_recipient_restrictions = check_client_access static:HOLD, permit
smtpd_relay_restrictions = reject_unauth_destination
default_process_limit = 50
maillog_file = ${join(data, 'log')}
maillog_file_prefixes = ${data}
`;

/** The services of the Debian file that accepting needs; nothing is chrooted, so that the queue can stand anywhere. */
function masterCf(port: number): string {
  const services = readFileSync('/usr/share/postfix/master.cf.dist', 'utf8').split('\n');
  const kept = services.filter((line) =>
    /^(pickup|cleanup|qmgr|tlsmgr|rewrite|bounce|defer|trace|verify|flush|proxymap|proxywrite|showq|error|retry|discard|anvil|scache|postlog)\s/.test(
      line,
    ),
  );
  return [`127.0.0.1:${port} inet n - n - - smtpd`, ...kept.map((line) => line.replace(/^(\S+\s+\S+\s+\S+\s+\S+\s+)\S+/, '$1n')), ''].join(
    '\n',
  );
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
