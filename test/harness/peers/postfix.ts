import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';

/** @returns why Postfix can't be run here; undefined when it can */
export function lacksPostfix(): string | undefined {
  if (!existsSync('/usr/sbin/postfix')) return 'Postfix is not installed';
  return process.getuid?.() === 0 ? undefined : 'Postfix starts only as root';
}

export interface Postfix {
  readonly port: number;
  /** Its own directory, for its user to read. */
  readonly home: string;
  readonly config: string;
  /** Its log so far. */
  log(): string;
  stop(): void;
}

export interface PostfixOptions {
  /** Lines of main.cf, by the paths of this instance. */
  readonly main: (home: string) => string;
  /** Services of the distribution's master.cf beside those that taking mail needs. */
  readonly services?: readonly string[];
  /** Puts files beside the configuration before it starts. */
  readonly prepare?: (home: string) => void;
}

const receiving =
  'pickup|cleanup|qmgr|tlsmgr|rewrite|bounce|defer|trace|verify|flush|proxymap|proxywrite|showq|error|retry|discard|anvil|scache|postlog';

/** A Postfix of its own: configuration, queue and data in a temporary directory, on one port of 127.0.0.1. */
export async function startPostfix({ main, services = [], prepare = () => {} }: PostfixOptions): Promise<Postfix> {
  const home = mkdtempSync(join(tmpdir(), 'postfix-'));
  chmodSync(home, 0o755);
  const [config, queue, data] = ['config', 'queue', 'data'].map((name) => join(home, name)) as [string, string, string];
  for (const folder of [config, queue, data]) mkdirSync(folder);
  execFileSync('chown', ['postfix', data]);
  prepare(home);
  const port = await freePort();
  writeFileSync(join(config, 'main.cf'), commonMain(queue, data) + main(home));
  writeFileSync(join(config, 'master.cf'), masterCf(port, services));
  const postfix = (command: string): void => void execFileSync('/usr/sbin/postfix', ['-c', config, command], { stdio: 'ignore' });
  postfix('start');
  return {
    port,
    home,
    config,
    log: () => readFileSync(join(data, 'log'), 'utf8'),
    stop: () => {
      postfix('stop');
      rmSync(home, { recursive: true, force: true });
    },
  };
}

const commonMain = (queue: string, data: string): string =>
  `compatibility_level = 3.6
queue_directory = ${queue}
data_directory = ${data}
inet_interfaces = loopback-only
inet_protocols = ipv4
local_recipient_maps =
alias_maps =
alias_database =
smtpd_peername_lookup = no
smtpd_client_connection_count_limit = 0
default_process_limit = 50
maillog_file = ${join(data, 'log')}
maillog_file_prefixes = ${data}
`;

/** The services of the Debian file; nothing is chrooted, so that the queue can stand anywhere. */
function masterCf(port: number, services: readonly string[]): string {
  const lines = readFileSync('/usr/share/postfix/master.cf.dist', 'utf8').split('\n');
  const wanted = new RegExp(`^(${[receiving, ...services].join('|')})\\s+unix\\s|^postlog\\s`);
  const kept = lines.filter((line) => wanted.test(line)).map((line) => line.replace(/^(\S+\s+\S+\s+\S+\s+\S+\s+)\S+/, '$1n'));
  return [`127.0.0.1:${port} inet n - n - - smtpd`, ...kept, ''].join('\n');
}
