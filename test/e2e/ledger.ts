import assert from 'node:assert/strict';
import { everydayMessage } from './everyday-mail.ts';
import { type MailRow, mailRow } from './mail-rows.ts';

/** Names as clients meet them: levels, spaces, other scripts (in modified UTF-7), a name that is the beginning of another. */
export const mailboxNames: readonly string[] = [
  'INBOX',
  'Sent',
  'Archive',
  'Archive/2023',
  'Archive/2024',
  'Archive/2024/Q1',
  'Archive/2024/Q2',
  'Lists/ietf',
  'Lists/imap protocol',
  'Entw&APw-rfe',
  '&U,BTFw-',
  'Work &- life',
  ...Array.from({ length: 18 }, (_, i) => `Projects/p${i}`),
];
export const messageCount = 2_000;

const flagSets = ['', 'S', 'FS', 'RS', 'D', 'F', 'S'];

export const mailboxOf = (n: number): string => mailboxNames[n % mailboxNames.length] ?? 'INBOX';

/** What both sides are to hold: each change made on one of them is noted here. Messages are numbers of everyday-mail.ts. */
export class Ledger {
  readonly #rows = new Map<number, MailRow>();
  readonly #to: string;

  constructor(to: string) {
    this.#to = to;
  }

  add(n: number, mailbox: string): MailRow {
    assert.ok(!this.#rows.has(n));
    const row = mailRow(mailbox, everydayMessage(n, this.#to), flagSets[n % flagSets.length] ?? '');
    this.#rows.set(n, row);
    return row;
  }

  remove(n: number): void {
    this.#rows.delete(n);
  }

  flag(n: number, flags: string): void {
    this.#rows.set(n, { ...this.row(n), flags });
  }

  move(n: number, mailbox: string): void {
    this.#rows.set(n, { ...this.row(n), mailbox });
  }

  /** With what is below it. */
  rename(from: string, to: string): void {
    for (const [n, { mailbox }] of this.#rows) {
      if (mailbox === from || mailbox.startsWith(`${from}/`)) this.move(n, `${to}${mailbox.slice(from.length)}`);
    }
  }

  row(n: number): MailRow {
    const row = this.#rows.get(n);
    assert.ok(row !== undefined);
    return row;
  }

  /** Numbers of what lies in a mailbox, ascending. */
  in(mailbox: string): readonly number[] {
    return [...this.#rows]
      .filter(([, row]) => row.mailbox === mailbox)
      .map(([n]) => n)
      .sort((a, b) => a - b);
  }

  rowsIn(mailbox: string): readonly MailRow[] {
    return this.rows.filter((row) => row.mailbox === mailbox);
  }

  get rows(): readonly MailRow[] {
    return [...this.#rows.values()];
  }
}
