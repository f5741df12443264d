import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import { type Mailbox, MailboxGone } from '../../core/mailbox/mailbox-store.ts';
import type { AccountId } from '../../core/values/address.ts';
import { openTelling, type Telling } from '../../platform/aws/talk/change-telling.ts';
import { type AwsWorld, openMailWorld } from '../../platform/aws/world.ts';
import { letter, stage as stageBody } from '../contract/worlds.ts';
import { KeptLog, until } from '../talk/memory-stage.ts';
import { endpoint, noEndpoint } from './slot-tables.ts';
import { makeStage, type WholeStage } from './whole-stage.ts';

const timeout = 60_000; // ms: a wait that never ends fails, and so does one for the slow look

describe('changes of mailboxes between processes of a stage', { skip: noEndpoint, timeout }, () => {
  let place: WholeStage;
  let idling: AwsWorld;
  before(async () => {
    place = await makeStage(endpoint ?? '');
    idling = await place.open();
  });
  after(async () => await place?.remove());

  async function inboxOf(account: AccountId): Promise<Mailbox> {
    await idling.accounts.add(account, '$argon2id$none');
    const inbox = await idling.mailboxes.find(account, 'INBOX');
    if (inbox === undefined) throw new Error('no INBOX');
    return inbox;
  }

  /** Resolves once the process is registered; from then on counts what is heard. */
  async function watched(t: TestContext, { id }: Mailbox): Promise<{ times: number }> {
    const told = { times: 0 };
    t.after(idling.changes.watch(id, () => told.times++));
    await until(() => told.times > 0);
    return told;
  }

  it('are heard at once when another process makes them', async (t) => {
    const inbox = await inboxOf('alice@example.org' as AccountId);
    const told = await watched(t, inbox);
    const writing = await place.open();
    const body = await stageBody(writing, letter('hello'));
    const before = told.times;
    await writing.mailboxes.append(inbox.id, [{ body, prefix: '', flags: [], internalDate: 1_000 }]);
    await until(() => told.times > before);
    assert.equal((await idling.mailboxes.snapshot(inbox.id)).rows.length, 1);
  });

  it('are heard at once when a function makes them that serves nobody', async (t) => {
    const inbox = await inboxOf('bob@example.org' as AccountId);
    const told = await watched(t, inbox);
    let telling: Telling | undefined;
    const log = new KeptLog();
    const teller: Pick<Telling, 'tell'> = { tell: (mailbox, watchers) => telling?.tell(mailbox, watchers) };
    const world = openMailWorld({ names: place.names, endpoint: endpoint ?? '', log, teller });
    t.after(() => world.close());
    telling = openTelling({ ...world, log });
    const body = await stageBody(world, letter('hello'));
    const before = told.times;
    await world.mailboxes.append(inbox.id, [{ body, prefix: '', flags: [], internalDate: 1_000 }]);
    await telling.sent(5_000);
    await until(() => told.times > before);
    assert.deepEqual(log.lines, []);
  });

  it('are heard at once when another process deletes the mailbox', async (t) => {
    const account = 'carol@example.org' as AccountId;
    await inboxOf(account);
    const work = await idling.mailboxes.create(account, 'Work');
    assert.ok(typeof work !== 'string');
    const told = await watched(t, work);
    const deleting = await place.open();
    const before = told.times;
    assert.equal(await deleting.mailboxes.delete(account, 'Work'), 'deleted');
    await until(() => told.times > before);
    await assert.rejects(idling.mailboxes.snapshot(work.id), MailboxGone);
  });

  it('need no hint when an account is removed: processes with its sessions hear of the account itself, and end them', async (t) => {
    const account = 'dave@example.org' as AccountId;
    await inboxOf(account);
    const changed: AccountId[] = [];
    t.after(idling.accounts.watch((id) => changed.push(id)));
    const removing = await place.open();
    assert.equal(await removing.accounts.remove(account), 'removed');
    await until(() => changed.includes(account));
  });
});
