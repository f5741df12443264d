import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Identifier } from '../../core/accounts/acl.ts';
import type { MailboxId } from '../../core/values/ids.ts';
import { tellNames } from '../../platform/aws/mailboxes/names-watched.ts';
import { namesOf } from '../../platform/aws/talk/names-watched.ts';
import { SmallMail } from './small-mail.ts';

const alice = 'alice@example.org' as Identifier;
const [here, there] = ['10.0.0.7:8026', '10.0.0.8:8026'];

/** A process that changes names, and what it tells of. */
function changing(mail: SmallMail) {
  const told: (readonly [MailboxId, readonly string[]])[] = [];
  const teller = { tell: (mailbox: MailboxId, watchers: readonly string[]) => void told.push([mailbox, [...watchers].sort()]) };
  const deps = { client: mail.dynamo.client(), table: 'mail', clock: mail.clock, teller };
  return { told, change: () => tellNames(deps, alice) };
}

describe('rows of those who watch names', () => {
  it('are made by the first who watches, and tell each change to all', async () => {
    const mail = new SmallMail();
    const { told, change } = changing(mail);
    const until = mail.clock.now() + 60_000;
    const answers = await Promise.all([here, there].map((at) => mail.watchers().register(namesOf(alice), at, until)));
    assert.ok(answers.every((answer) => typeof answer === 'object'));
    await change();
    assert.deepEqual(told, [[namesOf(alice), [here, there]]]);
    assert.equal(mail.dynamo.get(`w/${namesOf(alice)}`, 'row')?.ttl?.N, String(Math.ceil(until / 1000) + 86_400));
  });

  it('rise with each change, so that a slow look finds what no hint told of', async () => {
    const mail = new SmallMail();
    const watchers = mail.watchers();
    const known = await watchers.register(namesOf(alice), here, mail.clock.now() + 60_000);
    assert.deepEqual(known, { modseq: await watchers.modseqOf(namesOf(alice)) }, 'to register is no change');
    await changing(mail).change();
    assert.notDeepEqual(known, { modseq: await watchers.modseqOf(namesOf(alice)) });
    assert.deepEqual(await watchers.register(namesOf(alice), here, mail.clock.now() + 90_000), {
      modseq: await watchers.modseqOf(namesOf(alice)),
    });
  });

  it('are not there where nobody watches: a change makes none, and is told in its own process alone', async () => {
    const mail = new SmallMail();
    const { told, change } = changing(mail);
    await change();
    assert.deepEqual(told, [[namesOf(alice), []]]);
    assert.equal(mail.dynamo.items.size, 0);
    assert.equal(await mail.watchers().modseqOf(namesOf(alice)), 0n);
  });

  it('forget who leaves, and those whose time is over', async () => {
    const mail = new SmallMail();
    const { told, change } = changing(mail);
    await mail.watchers().register(namesOf(alice), here, mail.clock.now() + 60_000);
    await mail.watchers().register(namesOf(alice), there, mail.clock.now() - 1);
    await mail.watchers().unregister(namesOf(alice), here);
    await change();
    assert.deepEqual(told, [[namesOf(alice), []]]);
  });

  it('that can not be written fail no change', async () => {
    const mail = new SmallMail();
    const told: MailboxId[] = [];
    const client = mail.dynamo.client(() => 'lost');
    await tellNames({ client, table: 'mail', clock: mail.clock, teller: { tell: (one) => void told.push(one) } }, alice);
    assert.deepEqual(told, [namesOf(alice)]);
  });
});
