import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NewMessage, NewSpoolRow } from '../../core/delivery/spool.ts';
import { messageFacts } from '../../core/message/parse-message.ts';
import { operations } from '../../core/plan/units.ts';
import type { AccountId, Address } from '../../core/values/address.ts';
import type { BodyId, SpoolId } from '../../core/values/ids.ts';
import { writeUnits } from '../../platform/aws/dynamodb/write-units.ts';
import { newRowItem } from '../../platform/aws/spool/spool-items.ts';

const letter = [
  'Received: from mail.example.net (mail.example.net [192.0.2.7]) by mx.example.org with ESMTPS id 01J; Thu, 26 Nov 2026 10:00:00 +0000',
  'From: Alice Example <alice@example.net>',
  'To: Bob Example <bob@example.org>',
  'Subject: Minutes of the meeting on Thursday',
  'Date: Thu, 26 Nov 2026 10:00:00 +0000',
  'Message-ID: <20261126100000.12345@example.net>',
  'MIME-Version: 1.0',
  'Content-Type: multipart/alternative; boundary="b1"',
  '',
  '--b1',
  'Content-Type: text/plain; charset=utf-8',
  'Content-Transfer-Encoding: quoted-printable',
  '',
  'hello',
  '--b1',
  'Content-Type: text/html; charset=utf-8',
  'Content-Transfer-Encoding: quoted-printable',
  '',
  '<p>hello</p>',
  '--b1--',
  '',
].join('\r\n');

/** A row of the spool for an account here, as port 25 writes it. */
function row() {
  const parser = messageFacts();
  parser.write(Buffer.from(letter));
  const results =
    'Authentication-Results: mx.example.org; spf=pass smtp.mailfrom=alice@example.net; dkim=pass header.d=example.net; dmarc=pass\r\n';
  const added: NewSpoolRow = {
    nextHop: { kind: 'local' },
    reversePath: 'alice@example.net' as Address,
    recipients: [{ address: 'bob@example.org' as Address, account: 'bob@example.org' as AccountId }],
    declared: { eightBit: true, utf8: false },
    prefix: results,
  };
  const message = '01JDM2V3X4Y5Z6A7B8C9D0E1F2' as SpoolId;
  const body = { id: '01JDM2V3X4Y5Z6A7B8C9D0E1F3' as BodyId, facts: parser.end() };
  const all: NewMessage = { message, body, rows: [added], acceptedAt: 1_764_151_200_000 };
  return newRowItem(added, { message, part: 0 }, all, true);
}

describe('units that the plan reckons with', () => {
  it('are those of a row of the spool as it is written', () => {
    const units = writeUnits(undefined, row());
    const indexes = 2; // entries of both are small: a unit to put one, a unit to remove one
    assert.equal(operations.accept.writes, 2 * units + indexes, 'a transaction costs twice');
    const claimed = units + 2 * indexes; // a moved entry is removed and put
    const ended = units + indexes;
    assert.equal(operations.spoolRow.writes, claimed + ended);
  });
});
