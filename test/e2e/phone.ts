import { RawClient } from '../harness/raw-client.ts';
import { everydayMessage } from './everyday-mail.ts';
import { flagsOfLetters, lettersOfFlags, type MailRow, mailRow } from './mail-rows.ts';

/** Another client of the same account, which changes things meanwhile and sees what the server really has. */
export class Phone {
  readonly #client: RawClient;
  readonly #account: string;
  #tag = 0;

  private constructor(client: RawClient, account: string) {
    this.#client = client;
    this.#account = account;
  }

  static async open(port: number, account: string, password = 'wonderland'): Promise<Phone> {
    const client = await RawClient.open(port);
    await client.until(/^\* OK /m);
    const phone = new Phone(client, account);
    await phone.ask(`LOGIN "${account}" "${password}"`);
    return phone;
  }

  /** @returns all that came before the tagged OK. @throws on NO and BAD */
  async ask(command: string): Promise<string> {
    const tag = `p${++this.#tag}`;
    this.#client.write(`${tag} ${command}\r\n`);
    const answer = await this.#client.until(new RegExp(`^${tag} (?:OK|NO|BAD) .*\\r\\n`, 'm'));
    const last = answer.slice(answer.lastIndexOf(`${tag} `));
    if (!last.startsWith(`${tag} OK`)) throw new Error(`${command.slice(0, 100)}: ${last}`);
    return answer;
  }

  async put(n: number, { mailbox, flags }: Pick<MailRow, 'mailbox' | 'flags'>): Promise<void> {
    const message = everydayMessage(n, this.#account);
    await this.ask(`APPEND "${mailbox}" (${flagsOfLetters(flags)}) {${message.length}+}\r\n${message}`);
  }

  /** Sets just these of \Draft, \Flagged, \Answered and \Seen. */
  async flag(_n: number, row: MailRow, flags: string): Promise<void> {
    await this.#on(row, (uid) => `UID STORE ${uid} FLAGS (${flagsOfLetters(flags)})`);
  }

  async remove(_n: number, row: MailRow): Promise<void> {
    await this.#on(
      row,
      (uid) => `UID STORE ${uid} +FLAGS.SILENT (\\Deleted)`,
      (uid) => `UID EXPUNGE ${uid}`,
    );
  }

  async move(_n: number, row: MailRow, to: string): Promise<void> {
    await this.#on(row, (uid) => `UID MOVE ${uid} "${to}"`);
  }

  async #on({ mailbox, id }: MailRow, ...commands: readonly ((uid: string) => string)[]): Promise<void> {
    await this.ask(`SELECT "${mailbox}"`);
    const uid = /^\* SEARCH (\d+)\r$/m.exec(await this.ask(`UID SEARCH HEADER Message-ID "<${id}>"`))?.[1];
    if (uid === undefined) throw new Error(`no <${id}> in ${mailbox}`);
    for (const command of commands) await this.ask(command(uid));
    await this.ask('UNSELECT');
  }

  /** Messages in some mailboxes. */
  async count(mailboxes: readonly string[]): Promise<number> {
    let count = 0;
    for (const name of mailboxes) count += Number(/MESSAGES (\d+)/.exec(await this.ask(`STATUS "${name}" (MESSAGES)`))?.[1]);
    return count;
  }

  /** Names as they stand on the wire, in modified UTF-7. */
  async mailboxes(): Promise<readonly string[]> {
    const listed = await this.ask('LIST "" "*"');
    return [...listed.matchAll(/^\* LIST \(([^)]*)\) "\/" "?([^"\r]+)"?\r/gm)]
      .filter(([, attributes]) => !/\\No(?:select|nexistent)/i.test(attributes ?? ''))
      .map(([, , name]) => name ?? '');
  }

  /** Every message of every mailbox, octets and flags, without changing one. */
  async rows(): Promise<readonly MailRow[]> {
    const rows: MailRow[] = [];
    for (const mailbox of await this.mailboxes()) rows.push(...(await this.rowsOf(mailbox)));
    return rows;
  }

  async rowsOf(mailbox: string): Promise<readonly MailRow[]> {
    await this.ask(`EXAMINE "${mailbox}"`);
    const fetched = await this.ask('UID FETCH 1:* (FLAGS BODY.PEEK[])');
    const rows: MailRow[] = [];
    const head = /\* \d+ FETCH \(([^{]*FLAGS \(([^)]*)\)[^{]*)BODY\[\] \{(\d+)\}\r\n/gy;
    for (let found = head.exec(fetched); found !== null; found = head.exec(fetched)) {
      const size = Number(found[3]);
      rows.push(mailRow(mailbox, fetched.slice(head.lastIndex, head.lastIndex + size), lettersOfFlags(found[2] ?? '')));
      head.lastIndex = fetched.indexOf('\n', head.lastIndex + size) + 1;
    }
    await this.ask('UNSELECT');
    return rows;
  }

  async capabilities(): Promise<readonly string[]> {
    return /^\* CAPABILITY (.*)\r$/m.exec(await this.ask('CAPABILITY'))?.[1]?.split(' ') ?? [];
  }

  async close(): Promise<void> {
    this.#client.write('bye LOGOUT\r\n');
    await this.#client.untilClosed();
  }
}
