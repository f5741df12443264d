import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CreateEmailIdentityCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import type { Address } from '../../core/values/address.ts';
import { sesCalls } from '../../platform/aws/ses/client.ts';
import { sesService } from '../../platform/aws/ses/sending-service.ts';

const endpoint = process.env.AWS_ENDPOINT_URL_SESV2;
const skip = endpoint === undefined ? 'AWS_ENDPOINT_URL_SESV2 is not set (npm run test:aws sets it)' : false;
const never = new AbortController().signal;

describe('SES over its API', { skip }, () => {
  it('takes a message with all its octets, and gives it an id', async () => {
    const identities = new SESv2Client({ endpoint: endpoint as string });
    await identities.send(new CreateEmailIdentityCommand({ EmailIdentity: 'a@example.org' })).catch(() => {}); // it may be there already
    identities.destroy();
    const octets = Buffer.from('From: a@example.org\r\nTo: b@example.net\r\nSubject: \xc3\xa4\r\n\r\nhello\r\n', 'latin1');
    const service = sesService({ clock: { sleep: async () => {} }, open: async () => sesCalls({ endpoint: endpoint as string }) });
    const connection = await service.connect(never);
    const [result] = await connection.send({
      reversePath: 'a@example.org' as Address,
      recipients: [{ address: 'b@example.net' as Address }],
      declared: { eightBit: false, utf8: false },
      size: octets.length,
      async *read() {
        yield octets;
      },
    });
    assert.equal(result?.result, 'accepted');
    assert.match(result?.reply ?? '', /^250 2\.0\.0 Ok, SES has it as \S+$/);
    await connection.quit();
  });
});
