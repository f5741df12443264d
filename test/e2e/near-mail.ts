import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { everydayMessage } from './everyday-mail.ts';
import { type MailRow, maildirsBelow, rowsOfMaildirs } from './mail-rows.ts';

/** A tree of Maildirs, changed as a mail program beside the synchronizer would. */
export class NearMail {
  readonly #root: string;
  readonly #to: string;
  #written = 0;

  constructor(root: string, to: string) {
    this.#root = root;
    this.#to = to;
  }

  path(...parts: readonly string[]): string {
    return join(this.#root, ...parts);
  }

  async create(mailbox: string): Promise<void> {
    for (const part of ['cur', 'new', 'tmp']) await mkdir(this.path(mailbox, part), { recursive: true });
  }

  async put(n: number, { mailbox, flags }: Pick<MailRow, 'mailbox' | 'flags'>): Promise<void> {
    await this.#write(mailbox, everydayMessage(n, this.#to).replaceAll('\r\n', '\n'), flags);
  }

  async flag(_n: number, row: MailRow, flags: string): Promise<void> {
    const name = await this.#find(row);
    await rename(this.path(row.mailbox, name), this.path(row.mailbox, 'cur', `${name.replace(/^(?:cur|new)\/|:2,.*$/g, '')}:2,${flags}`));
  }

  async remove(_n: number, row: MailRow): Promise<void> {
    await rm(this.path(row.mailbox, await this.#find(row)));
  }

  /** Under a name of its own: what the synchronizer has noted in the old one is true in the old mailbox alone. */
  async move(_n: number, row: MailRow, to: string): Promise<void> {
    const old = this.path(row.mailbox, await this.#find(row));
    await this.#write(to, await readFile(old, 'latin1'), row.flags);
    await rm(old);
  }

  rows(): Promise<readonly MailRow[]> {
    return rowsOfMaildirs(this.#root);
  }

  /** Messages in all of it. */
  async count(): Promise<number> {
    let count = 0;
    for (const mailbox of await maildirsBelow(this.#root))
      for (const part of ['cur', 'new']) count += (await readdir(this.path(mailbox, part)).catch(() => [])).length;
    return count;
  }

  async #write(mailbox: string, message: string, flags: string): Promise<void> {
    this.#written += 1;
    await writeFile(this.path(mailbox, 'cur', `${1_700_000_000 + this.#written}.M${this.#written}.near:2,${flags}`), message, 'latin1');
  }

  async #find({ mailbox, id }: MailRow): Promise<string> {
    for (const part of ['cur', 'new'])
      for (const name of await readdir(this.path(mailbox, part)))
        if ((await readFile(this.path(mailbox, part, name), 'latin1')).includes(`\nMessage-ID: <${id}>`)) return `${part}/${name}`;
    return assert.fail(`no <${id}> in ${mailbox}`);
  }
}
