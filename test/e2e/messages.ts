import { createHash } from 'node:crypto';

/** The text part: dots at line starts, lines of 998 octets, 8-bit text. */
export const difficultText = ['.', '..two dots', '.a dot and text', 'x'.repeat(998), `.${'y'.repeat(997)}`, 'naïve café ☃', ''].join(
  '\r\n',
);

/** A message no shortcut survives: attachments, 8-bit and UTF-8 headers, lines of 998 octets, dots at line starts, and size to order. */
export function difficultMessage(size: number, to: string): Buffer {
  const head = Buffer.from(
    [
      'From: =?UTF-8?Q?J=C3=BCrgen?= <juergen@elsewhere.example>',
      `To: "Alice, the first" <${to}>`,
      'Subject: Grüße, 8-bit header ☃',
      'Date: Sat, 21 Nov 2026 10:11:12 +0100',
      'Message-ID: <difficult-1@elsewhere.example>',
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary="=_outer"',
      '',
      'preamble',
      '--=_outer',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: 8bit',
      '',
      difficultText,
      '--=_outer',
      'Content-Type: application/octet-stream; name="data.bin"',
      'Content-Disposition: attachment; filename="data.bin"',
      'Content-Transfer-Encoding: base64',
      '',
      '',
    ].join('\r\n'),
  );
  const tail = Buffer.from('\r\n--=_outer--\r\nepilogue\r\n');
  return Buffer.concat([head, base64Lines(Math.max(0, size - head.length - tail.length)), tail]);
}

/** Lines of base64 that never repeat, so that no block can be swapped unnoticed. */
function base64Lines(octets: number): Buffer {
  const lines: string[] = [];
  for (let have = 0, i = 0; have < octets; i += 1, have += 78) {
    const digest = createHash('sha256').update(String(i)).digest('base64');
    lines.push((digest + digest).slice(0, 76));
  }
  return Buffer.from(lines.join('\r\n'));
}

export const simpleMessage = (subject: string, to: string, text = 'Hello.'): string =>
  [
    `From: Bob <bob@elsewhere.example>`,
    `To: ${to}`,
    `Subject: ${subject}`,
    'Date: Sat, 21 Nov 2026 10:11:12 +0100',
    `Message-ID: <${subject.replaceAll(' ', '-')}@elsewhere.example>`,
    '',
    text,
    '',
  ].join('\r\n');
