import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { serve } from '../harness/served.ts';
import { missing, succeeds } from './client.ts';

describe('the three commands of the first start', { skip: missing('curl') }, () => {
  for (const processes of [1, 2]) {
    it(`send, list and fetch a message as printed, with ${processes} process${processes > 1 ? 'es' : ''}`, async (t) => {
      const mail = await serve({ processes });
      t.after(() => mail.stop());
      const [send = '', list = '', fetch = ''] = mail.printed.flatMap((text) => text.match(/^ {2}.*curl .*$/gm) ?? []);
      await succeeds('/bin/sh', ['-c', send]);
      assert.match(await succeeds('/bin/sh', ['-c', list]), /^\* 1 FETCH \(FLAGS \(.*\) ENVELOPE \(.* "Hello" /);
      assert.match(await succeeds('/bin/sh', ['-c', fetch]), /^Subject: Hello\r\n\r\nIt works\.\r\n/m);
    });
  }
});
