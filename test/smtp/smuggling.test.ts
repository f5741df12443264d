import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SmtpEdge } from './smtp-edge.ts';

/** What some servers take for the end of a message and others don't (CVE-2023-51764, -51765, -51766). */
const falseEnds = ['\n.\n', '\n.\r\n', '\r\n.\n', '\r.\r', '\r.\r\n', '\r\n.\r', '\r\n\0.\r\n', '\n\r.\r\n', '\r\n.\r\r\n'];
const smuggled = 'MAIL FROM:<evil@example.net>\r\nRCPT TO:<alice@example.org>\r\nDATA\r\nSubject: smuggled\r\n\r\nx\r\n.\r\n';

describe('a message hidden in a message', () => {
  it('is refused on port 25 behind every false end, and the session ends', async (t) => {
    const edge = await SmtpEdge.open(t);
    for (const end of falseEnds) {
      const client = await edge.inData();
      client.write(Buffer.from(`Subject: outer\r\n\r\nfirst${end}${smuggled}`, 'latin1'));
      if (end.includes('\0')) assert.match(await client.until(/^\d{3}/m), /^550 5\.6\.0 /);
      else assert.match(await client.untilClosed(), /^521 5\.5\.2 [^\r]*\r\n$/, JSON.stringify(end));
    }
    assert.deepEqual(await edge.spooled(), []);
  });

  it('is plain text of the one message at submission, with whole line ends', async (t) => {
    const edge = await SmtpEdge.open(t);
    const client = await edge.inData('msa');
    await client.ask('Subject: outer\n\nfirst\n.\nMAIL FROM:<evil@example.net>\rlast\r\n.\r\n', /^250 /m);
    const [only, ...others] = await edge.spooled();
    assert.equal(others.length, 0);
    assert.doesNotMatch(only?.text ?? '', /(?<!\r)\n|\r(?!\n)/);
    assert.ok(only?.text.endsWith('\r\n\r\nfirst\r\n.\r\nMAIL FROM:<evil@example.net>\r\nlast\r\n'), only?.text);
  });

  it('does not come about by how packets are cut', async (t) => {
    const edge = await SmtpEdge.open(t);
    const text = 'Subject: cut\r\n\r\n..\r\n...\r\na\r\n..\r\n.\r\n';
    const stored: string[] = [];
    for (let cut = 1; cut < text.length - 1; cut++) {
      const client = await edge.inData();
      client.write(text.slice(0, cut));
      await new Promise((later) => setTimeout(later, 2));
      assert.match(await client.ask(text.slice(cut), /^\d/m), /^250 /, `cut at ${cut}`);
      client.destroy();
    }
    for (const { text: one } of await edge.spooled()) stored.push(one.slice(one.indexOf('Subject: cut')));
    assert.equal(stored.length, text.length - 2);
    assert.deepEqual([...new Set(stored)], ['Subject: cut\r\n\r\n.\r\n..\r\na\r\n.\r\n']);
  });
});
