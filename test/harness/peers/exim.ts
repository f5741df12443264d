import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { CertificatePair } from '../../../platform/node/certificates.ts';
import { RawClient } from '../raw-client.ts';
import { freePort } from './free-port.ts';

const places = ['/usr/sbin/exim4', '/usr/local/sbin/exim4', '/usr/sbin/exim'];
const user = 'Debian-exim';
const startTime = 20_000; // ms

/** @returns why Exim can't be run here; undefined when it can */
export function lacksExim(): string | undefined {
  const program = binary();
  if (program === undefined) return 'Exim is not installed';
  if (process.getuid?.() !== 0) return 'Exim starts only as root';
  try {
    execFileSync(program, ['-C', '/dev/null', '-bV'], { stdio: 'ignore' }); // fails without its user and its libraries
    return undefined;
  } catch {
    return 'Exim is there and does not run';
  }
}

const binary = (): string | undefined => places.find((path) => existsSync(path));

export interface Exim {
  readonly port: number;
  /** All it takes, in one maildir. */
  readonly maildir: string;
  stop(): Promise<void>;
}

/** An Exim of its own, on one port of 127.0.0.1, that takes mail for everybody but `nobody@`. */
export async function startExim(tls: CertificatePair): Promise<Exim> {
  const home = mkdtempSync(join(tmpdir(), 'exim-'));
  chmodSync(home, 0o755);
  for (const folder of ['spool', 'log', 'mail']) mkdirSync(join(home, folder));
  const port = await freePort();
  writeFileSync(join(home, 'tls.pem'), tls.key + tls.certificate, { mode: 0o640 });
  writeFileSync(join(home, 'exim.conf'), configuration(home, port));
  execFileSync('chown', ['-R', user, home]);
  execFileSync('chown', ['root', join(home, 'exim.conf')]); // it trusts no other owner
  const child = spawn(binary() as string, ['-C', join(home, 'exim.conf'), '-bdf'], { stdio: 'ignore' });
  await untilGreeting(port, child);
  return {
    port,
    maildir: join(home, 'mail'),
    stop: async () => {
      child.kill('SIGTERM');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      rmSync(home, { recursive: true, force: true });
    },
  };
}

async function untilGreeting(port: number, child: ChildProcess): Promise<void> {
  for (const deadline = Date.now() + startTime; ; await pause(50)) {
    const client = await RawClient.open(port).catch(() => undefined);
    client?.destroy();
    if (client !== undefined) return;
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`Exim did not start (exit code ${child.exitCode})`);
  }
}

const configuration = (home: string, port: number): string => `
primary_hostname = exim.example
local_interfaces = <; [127.0.0.1]:${port}
exim_user = ${user}
exim_path = ${binary()}
deliver_drop_privilege
keep_environment =
spool_directory = ${home}/spool
log_file_path = ${home}/log/%s
pid_file_path = ${home}/exim.pid
never_users =
host_lookup =
rfc1413_query_timeout = 0s
smtputf8_advertise_hosts = *
dsn_advertise_hosts = *
accept_8bitmime
tls_advertise_hosts = *
tls_certificate = ${home}/tls.pem
acl_smtp_rcpt = at_rcpt
acl_smtp_data = accept
begin acl
at_rcpt:
  deny local_parts = nobody
       message = no such user here
  accept
begin routers
all:
  driver = accept
  transport = box
begin transports
box:
  driver = appendfile
  directory = ${home}/mail
  maildir_format
  user = ${user}
  delivery_date_add
  envelope_to_add
  return_path_add
`;
