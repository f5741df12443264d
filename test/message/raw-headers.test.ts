import assert from 'node:assert/strict';
import { it } from 'node:test';
import { messageFacts } from '../../core/message/parse-message.ts';

const rawHeaders = (message: string): boolean => {
  const scan = messageFacts();
  scan.write(Buffer.from(message));
  return scan.end().rawHeaders === true;
};

it('octets above ASCII in headers are known of, those of parts and of messages inside too; in bodies they are nothing', () => {
  assert.equal(rawHeaders('Subject: tea\r\n\r\ncafé'), false);
  assert.equal(rawHeaders('Subject: café\r\n\r\ntea'), true);
  const nested = (header: string): string =>
    `Content-Type: multipart/mixed; boundary=b\r\n\r\ncafé\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n${header}\r\n\r\ncafé\r\n--b--\r\n`;
  assert.equal(rawHeaders(nested('Subject: tea')), false);
  assert.equal(rawHeaders(nested('Subject: café')), true);
});
