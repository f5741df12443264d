import assert from 'node:assert/strict';
import { it } from 'node:test';
import { emptyMailbox } from '../../core/mailbox/empty-mailbox.ts';
import { uidsWorthLooking } from '../../core/mailbox/search/narrowing.ts';

it('a search among no messages asks neither the index nor the store, which know nothing of a mailbox that is always empty', async () => {
  const asked = (): never => assert.fail('asked');
  const ports = { mailboxes: { envelopesWith: asked }, textIndex: { ruledOut: asked, messagesWith: asked } };
  const { id: mailbox } = emptyMailbox('#users/alice@example.org');
  assert.deepEqual(await uidsWorthLooking({ key: 'SUBJECT', text: 'hello' }, [], { mailbox, ...ports }), []);
  assert.deepEqual(await uidsWorthLooking({ key: 'TEXT', text: 'hello' }, [], { mailbox, ...ports }), []);
});
