import { createHash } from 'node:crypto';

const people = ['Ada Byron', 'Grace Hopper', 'Karen Spärck Jones', 'Mary Kenneth Keller', 'Sophie Wilson', 'Barbara Liskov', '中村 花子'];
const matters = [
  'minutes of Tuesday',
  'the boat',
  'Angebot für Köln',
  'your invoice',
  'holiday photographs',
  'a question',
  'réunion',
  '会議',
];
const threadLength = 5;

/** Mail as it comes: threads, alternatives, attachments, 8-bit text, dots at line starts. The same for the same number; latin1 octets, CRLF. */
export function everydayMessage(n: number, to: string): string {
  const first = n - (n % threadLength);
  const earlier = Array.from({ length: n - first }, (_, i) => `<${messageId(first + i)}>`);
  const sender = people[n % people.length] ?? '';
  const head = [
    `From: ${word(sender)} <writer${n % people.length}@elsewhere.example>`,
    `To: ${to}`,
    ...(n % 4 === 0 ? [`Cc: "Team, all of it" <team@elsewhere.example>, ${word('Jürgen')} <juergen@elsewhere.example>`] : []),
    `Subject: ${earlier.length === 0 ? '' : 'Re: '}${word(matters[(first / threadLength) % matters.length] ?? '')} ${first}`,
    `Date: ${new Date(Date.UTC(2024, 0, 1) + n * 3_917_000).toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${messageId(n)}>`,
    ...(earlier.length === 0 ? [] : [`In-Reply-To: ${earlier.at(-1)}`, `References: ${earlier.join('\r\n ')}`]),
    'MIME-Version: 1.0',
  ];
  return octets([...head, ...(bodies[n % bodies.length] ?? plain)(n), ''].join('\r\n'));
}

export const messageId = (n: number): string => `${n}.${createHash('sha1').update(String(n)).digest('hex').slice(0, 8)}@elsewhere.example`;

type Body = (n: number) => readonly string[];

const plain: Body = (n) => [
  'Content-Type: text/plain; charset=utf-8',
  'Content-Transfer-Encoding: 8bit',
  '',
  `Hello, this is number ${n}. Viele Grüße.`,
  '..',
  '.a line with a dot',
  'From here on it gets longer. '.repeat(1 + (n % 40)),
];

const alternative: Body = (n) => [
  `Content-Type: multipart/alternative; boundary="alt-${n}"`,
  '',
  `--alt-${n}`,
  'Content-Type: text/plain; charset=us-ascii; format=flowed',
  '',
  `The plain side of ${n}. `.repeat(20),
  `--alt-${n}`,
  'Content-Type: text/html; charset=utf-8',
  'Content-Transfer-Encoding: quoted-printable',
  '',
  `<html><body><p>The <b>gl=C3=A4nzend</b> side of ${n}</p></body></html>`,
  `--alt-${n}--`,
];

const attached: Body = (n) => [
  `Content-Type: multipart/mixed; boundary="mix-${n}"`,
  '',
  `--mix-${n}`,
  ...plain(n),
  `--mix-${n}`,
  `Content-Type: application/pdf; name="report-${n}.pdf"`,
  `Content-Disposition: attachment; filename="report-${n}.pdf"`,
  'Content-Transfer-Encoding: base64',
  '',
  ...lines(n, 20 + (n % 100)),
  `--mix-${n}--`,
];

const forwarded: Body = (n) => [
  `Content-Type: multipart/mixed; boundary="fwd-${n}"`,
  '',
  `--fwd-${n}`,
  'Content-Type: text/plain',
  '',
  'See below.',
  `--fwd-${n}`,
  'Content-Type: message/rfc822',
  '',
  'From: Inner <inner@elsewhere.example>',
  `Subject: what was forwarded by ${n}`,
  'Date: Mon, 1 Jan 2024 00:00:00 +0000',
  '',
  'The inner text.',
  `--fwd-${n}--`,
];

const bodies: readonly Body[] = [plain, alternative, plain, attached, forwarded];

/** Lines of base64 that never repeat, so that no two bodies are alike. */
const lines = (n: number, count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => {
    const digest = createHash('sha256').update(`${n} ${i}`).digest('base64');
    return (digest + digest).slice(0, 76);
  });

// biome-ignore lint/suspicious/noControlCharactersInRegex: what is not ASCII has to be encoded
const word = (text: string): string => (/^[\x00-\x7f]*$/.test(text) ? text : `=?UTF-8?B?${Buffer.from(text).toString('base64')}?=`);

const octets = (text: string): string => Buffer.from(text).toString('latin1');
