import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Template } from 'aws-cdk-lib/assertions';
import { type IGrantable, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { anyone, type Identifier } from '../../core/accounts/acl.ts';
import { publicOwner } from '../../core/accounts/principal.ts';
import { parseRights } from '../../core/accounts/rights.ts';
import { usageOf } from '../../core/mailbox/quota.ts';
import type { AccountId } from '../../core/values/address.ts';
import type { MailTable } from '../../infra/constructs/mail-table.ts';
import { DataStack } from '../../infra/stacks/data-stack.ts';
import { parseStage } from '../../infra/stage.ts';
import { openPatientClient } from '../../platform/aws/dynamodb/client.ts';
import { dynamoAnnotations } from '../../platform/aws/mailboxes/annotations.ts';
import { dynamoMailboxStore } from '../../platform/aws/mailboxes/mailbox-store.ts';
import { dynamoMailboxNames } from '../../platform/aws/mailboxes/names.ts';
import type { MailBodies } from '../../platform/aws/s3/mail-bodies.ts';
import { systemClock } from '../../platform/node/clock.ts';
import { systemNewId } from '../../platform/node/new-id.ts';
import { appOf } from '../infra/stage-app.ts';
import { type AccountTables, makeAccountTables } from './account-tables.ts';
import { endpoint, noEndpoint } from './slot-tables.ts';
import { keepWithin, type Statement } from './within-rights.ts';

const alice = 'alice@example.org' as AccountId;
const bob = 'bob@example.org' as AccountId;
const hash = `$argon2id$v=19$m=19456,t=2,p=1$${'c2FsdHNhbHRzYWx0c2E'}$${'x'.repeat(43)}`;

/** What the template gives a role on the table of mail. */
function statementsOf(grant: (mail: MailTable, role: IGrantable) => unknown): readonly Statement[] {
  const stack = new DataStack(appOf(), 'mailweir-test-data', { stage: parseStage('test') });
  grant(stack.mail, new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }));
  const [policy] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
  return policy?.Properties.PolicyDocument.Statement ?? assert.fail('no policy');
}

describe('rights on the table of mail', { skip: noEndpoint }, () => {
  let tables: AccountTables;
  const clients: DynamoDBClient[] = [];
  before(async () => {
    tables = await makeAccountTables(endpoint ?? '');
  });
  after(async () => {
    for (const client of clients) client.destroy();
    await tables.remove();
  });

  /** What a process can that has these rights. @param statements @default - all */
  function processOf(statements?: readonly Statement[]) {
    const client = openPatientClient({ endpoint: endpoint ?? '' });
    clients.push(client);
    const table = tables.tables.mail;
    if (statements !== undefined) keepWithin(client, table, statements);
    const shared = { client, table, clock: systemClock, newId: systemNewId() };
    const { mailboxes } = dynamoMailboxStore({
      ...shared,
      bodies: {} as MailBodies, // no message comes or goes here
      names: ({ store }) => dynamoMailboxNames({ ...shared, messages: store }),
    });
    return { accounts: tables.open({ client }).accounts, mailboxes, annotations: dynamoAnnotations(shared) };
  }

  const whoHolds = (letters: string) => ({ how: 'replace', rights: parseRights(letters) ?? assert.fail(letters) }) as const;

  it('are enough for operators to add accounts, share and count their mailboxes, set quotas, and remove all that is theirs', async () => {
    const { accounts, mailboxes } = processOf(statementsOf((mail, role) => mail.grantOperate(role)));
    for (const account of [alice, bob]) assert.equal(typeof (await accounts.add(account, hash)), 'object');
    await accounts.setPassword(bob, hash);
    assert.equal(await accounts.setQuota(alice, { octets: 1_000, messages: 10 }), 'set');
    assert.equal(await mailboxes.changeRights(alice, 'INBOX', bob as string as Identifier, whoHolds('lr')), 'done');
    assert.equal(await mailboxes.changeRights(bob, 'INBOX', alice as string as Identifier, whoHolds('lr')), 'done');
    assert.deepEqual(await usageOf(alice, mailboxes), { octets: 0, messages: 0 });

    const { annotations } = processOf();
    const server = { of: 'server', account: bob } as const;
    assert.equal(await annotations.write([{ set: server, name: '/private/comment', value: 'mine' }]), 'written');
    assert.equal(await accounts.remove(bob), 'removed');
    assert.deepEqual(await annotations.read([server]), [[]]);
    assert.deepEqual([...((await mailboxes.find(alice, 'INBOX'))?.acl?.keys() ?? [])], [], 'bob is in no list any more');
  });

  it('are enough for operators to make public mailboxes, count and remove them', async () => {
    const { mailboxes } = processOf(statementsOf((mail, role) => mail.grantOperate(role)));
    assert.equal(typeof (await mailboxes.create(publicOwner, 'News/Local')), 'object');
    assert.equal(await mailboxes.changeRights(publicOwner, 'News/Local', anyone, whoHolds('lr')), 'done');
    const ids = (await mailboxes.list(publicOwner)).flatMap(({ mailbox }) => mailbox?.id ?? []);
    assert.equal((await mailboxes.statuses(ids)).size, 2);
    assert.equal(await mailboxes.delete(publicOwner, 'News/Local'), 'deleted');
  });

  it('let whoever takes mail from strangers check passwords and how full mailboxes are, and see nothing else of mailboxes', async () => {
    await processOf().accounts.add(alice, hash);
    const { accounts, mailboxes } = processOf(
      statementsOf((mail, role) => {
        mail.grantLogIn(role);
        mail.grantCount(role);
      }),
    );
    assert.equal((await accounts.find(alice))?.id, alice);
    assert.deepEqual(await accounts.named('alice'), [alice]);
    assert.deepEqual(await usageOf(alice, mailboxes), { octets: 0, messages: 0 });
    const inbox = (await mailboxes.find(alice, 'INBOX'))?.id ?? assert.fail('no INBOX');
    await assert.rejects(mailboxes.status(inbox), /no right to .*GetItem/);
    await assert.rejects(mailboxes.snapshot(inbox), /no right to/);
    await assert.rejects(accounts.setPassword(alice, hash), /no right to .*UpdateItem/);
  });
});
