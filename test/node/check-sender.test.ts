import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DkimVerifier } from 'mailauth/lib/dkim/dkim-verifier.js';
import type { CheckedEnvelope } from '../../core/delivery/sender-authentication.ts';
import type { ReversePath } from '../../core/values/address.ts';
import { type IpAddress, parseIp } from '../../core/values/network.ts';
import { CheckingSender } from '../../platform/node/check-sender.ts';

const envelope: CheckedEnvelope = {
  host: 'mail.example.org',
  helo: 'mx.sender.example',
  client: parseIp('192.0.2.1') as IpAddress,
  reversePath: 'a@other.example' as ReversePath,
};
const records: Readonly<Record<string, readonly string[]>> = { '_dmarc.sender.example': ['v=DMARC1; p=reject'] };

describe('a message that a verifier stumbles over', () => {
  for (const step of ['messageHeaders', 'nextChunk', 'finalChunk']) {
    it(`in ${step} has no signature that counts, and is not spared by DMARC`, async (t) => {
      t.mock.method(DkimVerifier.prototype as unknown as Record<string, () => Promise<void>>, step, () =>
        Promise.reject(new Error('stumbled')),
      );
      const check = new CheckingSender(envelope, async (name, type) => (type === 'TXT' ? (records[name] ?? []) : []));
      await check.write(Buffer.from('From: Boss <boss@sender.example>\r\n\r\nHello.\r\n'));
      await check.write(Buffer.from('Bye.\r\n'));
      const { methods, dmarc } = await check.end();
      assert.match(methods[0] ?? '', /^dkim=permerror /);
      assert.deepEqual(dmarc, [{ domain: 'sender.example', result: 'fail', policy: 'reject', percent: 100 }]);
    });
  }
});
