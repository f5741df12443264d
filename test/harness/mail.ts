export interface MailFacts {
  readonly from?: string;
  readonly to?: string;
  readonly subject?: string;
  /** Lines without CRLF. */
  readonly body?: readonly string[];
  /** Further header fields, as lines. */
  readonly header?: readonly string[];
}

/** A plain message with CRLF line ends, the same each time for the same facts. */
export function mail({
  from = 'bob@elsewhere.example',
  to = 'alice@example.org',
  subject = 'Hello',
  body = ['Hello.'],
  header = [],
}: MailFacts = {}): Buffer {
  const lines = [
    `From: Bob <${from}>`,
    `To: <${to}>`,
    `Subject: ${subject}`,
    'Date: Sat, 21 Nov 2026 10:11:12 +0100',
    `Message-ID: <${subject.replaceAll(/[^\w]+/g, '-')}@elsewhere.example>`,
    ...header,
    '',
    ...body,
  ];
  return Buffer.from(lines.map((line) => `${line}\r\n`).join(''));
}

/** A message of exactly `size` octets, of lines that differ. @param size at least 400 */
export function mailOfSize(size: number, facts: Omit<MailFacts, 'body'> = {}): Buffer {
  const head = mail({ ...facts, body: [] });
  const lines: string[] = [];
  let left = size - head.length;
  for (let i = 0; left > 80; i++, left -= 78) lines.push(`${String(i).padStart(8, '0')}${'abcdefghij'.repeat(7).slice(0, 68)}\r\n`);
  return Buffer.concat([head, Buffer.from(`${lines.join('')}${'z'.repeat(left - 2)}\r\n`)]);
}
