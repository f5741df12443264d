import { Client } from '../harness/client.ts';
import type { ListenerTask } from './listener-task.ts';

/** Of every account of the scenario. */
export const password = 'correct horse battery';

const isContinued = (line: string): boolean => /^\d{3}-/.test(line);
const isUntagged = (line: string): boolean => !/^t\d+ /.test(line);

/** A program that sends mail, over TLS from the first octet, logged in. */
export async function openSubmission(task: ListenerTask, account: string): Promise<Client> {
  const { host, port } = task.at('msa-tls');
  const client = await Client.open(port, { tls: true, to: host, name: account });
  await client.expect('220 *');
  client.send('EHLO laptop.example');
  await client.expect('250 *', new Map(), isContinued);
  await client.ask(`AUTH PLAIN ${Buffer.from(`\0${account}\0${password}`).toString('base64')}`, '235 *');
  return client;
}

/** Hands in one message. @returns when the server has answered 250 */
export async function submit(client: Client, from: string, to: readonly string[], message: Uint8Array): Promise<void> {
  await client.ask(`MAIL FROM:<${from}>`, '250 *');
  for (const one of to) await client.ask(`RCPT TO:<${one}>`, '250 *');
  await client.ask('DATA', '354 *');
  client.sendRaw(Buffer.from(message).toString('latin1'));
  await client.ask('.', '250 *');
}

/** As another server brings a message, over STARTTLS. */
export async function bring(task: ListenerTask, from: string, to: string, message: Uint8Array): Promise<void> {
  const { host, port } = task.at('smtp');
  const client = await Client.open(port, { to: host, name: 'remote' });
  const greet = async (): Promise<void> => {
    client.send('EHLO remote.example');
    await client.expect('250 *', new Map(), isContinued);
  };
  await client.expect('220 *');
  await greet();
  await client.ask('STARTTLS', '220 *');
  await client.startTls();
  await greet();
  await submit(client, from, [to], message);
  await client.ask('QUIT', '221 *');
  client.close();
}

/** Commands and their answers. */
export class ImapClient {
  readonly client: Client;
  #tags = 0;

  private constructor(client: Client) {
    this.client = client;
  }

  /** @returns what the server said instead of letting it in, or the session */
  static async logIn(task: ListenerTask, account: string): Promise<ImapClient | string> {
    const { host, port } = task.at('imap-tls');
    const imap = new ImapClient(await Client.open(port, { tls: true, to: host, name: account }));
    const greeting = await imap.client.line();
    const refused = greeting?.startsWith('* OK') === true ? await imap.#refused(`LOGIN ${account} "${password}"`) : greeting;
    if (refused === undefined) return imap;
    imap.client.close();
    return refused;
  }

  /** @throws what the server said instead of letting it in */
  static async open(task: ListenerTask, account: string): Promise<ImapClient> {
    const imap = await ImapClient.logIn(task, account);
    if (typeof imap === 'string') throw new Error(imap);
    return imap;
  }

  /** @returns the untagged lines. @throws unless the answer is OK */
  async ask(command: string): Promise<readonly string[]> {
    this.#tags += 1;
    const lines: string[] = [];
    this.client.send(`t${this.#tags} ${command}`);
    await this.client.expect(`t${this.#tags} OK *`, new Map(), (line) => {
      lines.push(line);
      return isUntagged(line);
    });
    return lines;
  }

  /** Messages of INBOX, whole. */
  async inbox(): Promise<readonly string[]> {
    if ((await this.ask('SELECT INBOX')).includes('* 0 EXISTS')) return [];
    const text = (await this.ask('FETCH 1:* BODY.PEEK[]')).join('\r\n');
    return text.split(/^(?=\* \d+ FETCH )/m).filter((part) => /^\* \d+ FETCH /.test(part));
  }

  async append(message: Uint8Array): Promise<void> {
    this.#tags += 1;
    await this.client.ask(`t${this.#tags} APPEND INBOX {${message.length}}`, '+ *');
    this.client.sendRaw(`${Buffer.from(message).toString('latin1')}\r\n`);
    await this.client.expect(`t${this.#tags} OK *`, new Map(), isUntagged);
  }

  async logOut(): Promise<void> {
    await this.ask('LOGOUT').catch(() => undefined);
    this.client.close();
  }

  async #refused(command: string): Promise<string | undefined> {
    this.#tags += 1;
    this.client.send(`t${this.#tags} ${command}`);
    for (;;) {
      const line = await this.client.line();
      if (line === undefined) return 'closed';
      if (line.startsWith(`t${this.#tags} `)) return line.startsWith(`t${this.#tags} OK`) ? undefined : line;
    }
  }
}
