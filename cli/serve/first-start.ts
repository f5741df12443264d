import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { type AccountId, parseAccountId } from '../../core/values/address.ts';
import { type IpAddress, isLoopback } from '../../core/values/network.ts';
import type { World } from '../../core/world.ts';
import { program } from '../program.ts';
import type { ServeOptions } from './options.ts';

export interface FirstAccount {
  readonly id: AccountId;
  readonly password: string;
}

/** @returns the account that was made because there was none at all; its password is kept nowhere else */
export async function makeFirstAccount({ accounts, passwords }: World): Promise<FirstAccount | undefined> {
  if ((await accounts.list()).length > 0) return undefined;
  const id = parseAccountId('postmaster@localhost');
  if (id === undefined) throw new Error('postmaster@localhost is no account name');
  const password = randomBytes(12).toString('base64url');
  const added = await accounts.add(id, await passwords.hash(password));
  return typeof added === 'string' ? undefined : { id, password }; // another process was quicker
}

/** What a person is told at the first start: the password, and three commands that work as printed. */
export function firstStartText(
  { id, password }: FirstAccount,
  ports: Readonly<Record<string, number>>,
  { bind, dataDir }: Pick<ServeOptions, 'bind' | 'dataDir'>,
): string {
  const host = hostToTry(bind);
  const commands = [
    sendCommand(id, host, ports),
    listCommand(id, password, host, ports, bind),
    fetchCommand(id, password, host, ports, bind),
  ];
  const where = dataDir === resolve('data') ? '' : ` --data '${dataDir.replaceAll("'", "'\\''")}'`;
  return [
    `First start: made the account ${id} with the password ${password}`,
    `It is shown only now; change it with: ${program} account password ${id}${where}`,
    '',
    'Send it a message, list its INBOX by IMAP, fetch the message by POP3:',
    ...commands.filter((command) => command !== undefined).map((command) => `  ${command}`),
    '',
  ].join('\n');
}

type Ports = Readonly<Record<string, number>>;

function sendCommand(id: AccountId, host: string, { smtp }: Ports): string | undefined {
  if (smtp === undefined) return undefined;
  const message = `From: ${id}\\r\\nTo: ${id}\\r\\nSubject: Hello\\r\\n\\r\\nIt works.\\r\\n`;
  return `printf '${message}' | curl -sS smtp://${host}:${smtp} --mail-from ${id} --mail-rcpt ${id} --upload-file -`;
}

function listCommand(id: AccountId, password: string, host: string, ports: Ports, bind: IpAddress): string | undefined {
  const url = loginUrl('imap', host, ports, bind);
  return url && `curl -sS ${url}/INBOX --user '${id}:${password}' --request 'FETCH 1:* (FLAGS ENVELOPE)'`;
}

function fetchCommand(id: AccountId, password: string, host: string, ports: Ports, bind: IpAddress): string | undefined {
  const url = loginUrl('pop3', host, ports, bind);
  return url && `curl -sS ${url}/1 --user '${id}:${password}'`;
}

/** Where logins need TLS by default, the TLS port with our self-signed certificate. */
function loginUrl(protocol: 'imap' | 'pop3', host: string, ports: Ports, bind: IpAddress): string | undefined {
  const [scheme, port] = isLoopback(bind) ? [protocol, ports[protocol]] : [`${protocol}s`, ports[`${protocol}-tls`]];
  return port === undefined ? undefined : `${scheme === protocol ? '' : '--insecure '}${scheme}://${host}:${port}`;
}

/** An address that reaches this server from this machine. */
function hostToTry(bind: IpAddress): string {
  const host = bind === '0.0.0.0' ? '127.0.0.1' : bind === '::' ? '::1' : bind;
  return host.includes(':') ? `'[${host}]'` : host;
}
