import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { MailboxEntry, SpecialUse } from '../../core/mailbox/mailbox-store.ts';
import type { AccountId } from '../../core/values/address.ts';
import { openEmbeddedWorld } from '../../platform/embedded/world.ts';
import type { AccountWorld } from '../contract/account-worlds.ts';
import { makeAccountTables } from './account-tables.ts';
import { assertAgrees } from './account-tables-read.ts';
import { endpoint, noEndpoint } from './slot-tables.ts';

type Deed =
  | { readonly kind: 'create'; readonly name: string; readonly use: SpecialUse | undefined }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'delete'; readonly name: string }
  | { readonly kind: 'subscribe'; readonly name: string; readonly on: boolean };

const level = fc.constantFrom('a', 'b', 'c');
const name = fc.oneof(
  { weight: 8, arbitrary: fc.array(level, { minLength: 1, maxLength: 4 }).map((levels) => levels.join('/')) },
  { weight: 1, arbitrary: fc.constantFrom('Sent', 'Trash/x', 'INBOX/y', 'inbox') },
);
const use = fc.constantFrom<SpecialUse | undefined>(undefined, undefined, undefined, '\\Sent', '\\Junk');
const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('create' as const), name, use }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('rename' as const), from: name, to: name }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('delete' as const), name }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('subscribe' as const), name, on: fc.boolean() }) },
);

async function answerOf({ mailboxes }: AccountWorld, account: AccountId, done: Deed): Promise<string> {
  if (done.kind === 'rename') return await mailboxes.rename(account, done.from, done.to);
  if (done.kind === 'delete') return await mailboxes.delete(account, done.name);
  if (done.kind === 'subscribe') return await mailboxes.subscribe(account, done.name, done.on);
  const made = await mailboxes.create(account, done.name, done.use);
  return typeof made === 'string' ? made : `made ${made.name}`;
}

const listed = ({ name: each, mailbox, subscribed }: MailboxEntry): string =>
  [each, mailbox === undefined ? '(level)' : (mailbox.specialUse ?? ''), subscribed ? '*' : ''].join(' ');

/** The one difference that is meant: a name with others below it to one that is there only for what is below it. */
function isBothTrees(entries: readonly MailboxEntry[], done: Deed): boolean {
  if (done.kind !== 'rename') return false;
  const isTree = (top: string): boolean => entries.some(({ name: each, mailbox }) => mailbox !== undefined && each.startsWith(`${top}/`));
  return isTree(done.from) && isTree(done.to) && !entries.some(({ name: each, mailbox }) => each === done.to && mailbox !== undefined);
}

describe('names of mailboxes on DynamoDB', { skip: noEndpoint }, () => {
  it('come, move and go as on one machine, whatever is done in whatever order', async (t) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'mailweir-'));
    const here = await openEmbeddedWorld({ dataDir });
    const tables = await makeAccountTables(endpoint ?? '');
    t.after(async () => {
      await Promise.all([here.close(), tables.remove()]);
      await rm(dataDir, { recursive: true, force: true });
    });
    const aws = tables.open();
    let accounts = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(deed, { minLength: 5, maxLength: 20 }), async (deeds) => {
        accounts += 1;
        const account = `u${accounts}@example.org` as AccountId;
        await Promise.all([here.accounts.add(account, 'h'), aws.accounts.add(account, 'h')]);
        const ids = new Map<string, string>();
        for (const done of deeds) {
          if (isBothTrees(await here.mailboxes.list(account), done)) continue;
          assert.equal(await answerOf(aws, account, done), await answerOf(here, account, done), JSON.stringify(done));
          const [mine, theirs] = [await aws.mailboxes.list(account), await here.mailboxes.list(account)];
          assert.deepEqual(mine.map(listed), theirs.map(listed), JSON.stringify(done));
          for (const [i, { mailbox }] of mine.entries()) {
            // Who was the same mailbox there is the same one here.
            const id = theirs[i]?.mailbox?.id;
            if (mailbox === undefined || id === undefined) continue;
            assert.equal(ids.get(id) ?? mailbox.id, mailbox.id, mailbox.name);
            ids.set(id, mailbox.id);
          }
        }
      }),
      { numRuns: 25 },
    );
    await assertAgrees(tables, true);
  });
});
