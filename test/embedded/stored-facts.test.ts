import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { messageFacts } from '../../core/message/parse-message.ts';
import { dateOf, storeFacts } from '../../platform/embedded/sqlite/stored-facts.ts';

function factsOf(...lines: readonly string[]) {
  const parser = messageFacts();
  parser.write(Buffer.from(`${lines.join('\r\n')}\r\n\r\n.\r\n`));
  return parser.end();
}

describe('facts as they are stored', () => {
  const dated = factsOf('Date: Mon, 5 Jan 2026 10:00:00 +0000', 'Subject: {"date":7,');

  it('are the same when they are read', () => assert.deepEqual(JSON.parse(storeFacts(dated)), dated));

  it('tell their date before they are parsed, also one before 1970', () => {
    assert.equal(dateOf(storeFacts(dated)), Date.UTC(2026, 0, 5, 10));
    const early = factsOf('Date: Wed, 31 Dec 1969 23:59:59 +0000');
    assert.equal(dateOf(storeFacts(early)), -1_000);
  });

  it('tell none when there is none, and when they were stored in another order', () => {
    assert.equal(dateOf(storeFacts(factsOf('Subject: {"date":7,'))), undefined);
    assert.equal(dateOf(JSON.stringify(Object.assign({ size: 0 }, dated))), undefined);
  });
});
