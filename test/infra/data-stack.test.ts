import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { type IGrantable, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { DataStack } from '../../infra/stacks/data-stack.ts';
import { parseStage } from '../../infra/stage.ts';
import { mailTableShape } from '../../platform/aws/mail-shapes.ts';
import { secretsPath, stageSecrets } from '../../platform/aws/stage-names.ts';
import {
  addressTableShape,
  collectTableShape,
  failureTableShape,
  slotTableShape,
  spoolTableShape,
} from '../../platform/aws/table-shapes.ts';

const root = new URL('../../', import.meta.url);
const { context } = JSON.parse(readFileSync(new URL('cdk.json', root), 'utf8'));
const out = mkdtempSync(join(tmpdir(), 'mailweir-'));
after(() => rmSync(out, { recursive: true, force: true }));

/** The stack as `cdk synth` makes it, flags of cdk.json included; synthesis validates the template and throws what it finds. */
function dataStack(name: string): DataStack {
  const app = new App({ context, outdir: join(out, name) });
  return new DataStack(app, 'mailweir-test-data', { stage: parseStage('test') });
}

/** What a role may do that was given nothing but `grant`. */
function rights(name: string, grant: (stack: DataStack, role: IGrantable) => unknown): unknown {
  const stack = dataStack(name);
  grant(stack, new Role(stack, 'Worker', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }));
  const [policy, ...more] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
  assert.deepEqual(more, []);
  return policy?.Properties.PolicyDocument.Statement;
}

const template = Template.fromStack(dataStack('whole'));

/** Only the table whose logical id begins so. */
function tableOf(prefix: string): Template {
  const tables = Object.entries(template.findResources('AWS::DynamoDB::GlobalTable')).filter(([id]) => id.startsWith(prefix));
  assert.equal(tables.length, 1);
  return Template.fromJSON({ Resources: Object.fromEntries(tables) });
}

describe('the table of slots', () => {
  const slots = tableOf('Slots');

  it('has one key, a string, and no index: each admission is one write to one item', () => {
    slots.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      KeySchema: [{ AttributeName: slotTableShape.partitionKey, KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: slotTableShape.partitionKey, AttributeType: 'S' }],
      GlobalSecondaryIndexes: Match.absent(),
      LocalSecondaryIndexes: Match.absent(),
    });
  });

  it('has its old items swept by DynamoDB, since nobody here scans for them', () => {
    slots.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      TimeToLiveSpecification: { AttributeName: slotTableShape.expiry, Enabled: true },
    });
  });

  it('is paid per request, so that a reconnect storm finds no capacity that somebody guessed', () => {
    slots.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      BillingMode: 'PAY_PER_REQUEST',
      WriteProvisionedThroughputSettings: Match.absent(),
    });
  });

  it('is encrypted with a key of DynamoDB, so that no admission waits for KMS', () => {
    slots.hasResourceProperties('AWS::DynamoDB::GlobalTable', { SSESpecification: { SSEEnabled: false } });
  });

  it('is in one Region, without backups and streams: a count copied or restored is wrong by the sessions of the meantime', () => {
    slots.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      Replicas: [{ Region: { Ref: 'AWS::Region' }, PointInTimeRecoverySpecification: Match.absent() }],
      StreamSpecification: Match.absent(),
    });
  });

  it('names the limits that are throttled, and only those, since an item takes 1,000 writes a second at most', () => {
    slots.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      Replicas: [{ ContributorInsightsSpecification: { Enabled: true, Mode: 'THROTTLED_KEYS' } }],
    });
  });

  it('goes with the stack, since it holds leases and no mail', () => {
    slots.hasResource('AWS::DynamoDB::GlobalTable', { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
  });

  const onSlots = (...actions: readonly string[]) => [
    { Action: actions, Effect: 'Allow', Resource: { 'Fn::GetAtt': ['SlotsB57A0B3E', 'Arn'] } },
  ];

  it('lets a holder read single items and write all but that of settings, and neither scan nor delete nor administer', () => {
    const Resource = { 'Fn::GetAtt': ['SlotsB57A0B3E', 'Arn'] };
    assert.deepEqual(
      rights('hold', (stack, role) => stack.slots.grantHold(role)),
      [
        { Action: 'dynamodb:GetItem', Effect: 'Allow', Resource },
        {
          Action: 'dynamodb:UpdateItem',
          Condition: {
            'ForAllValues:StringNotEquals': { 'dynamodb:LeadingKeys': [slotTableShape.settingsKey] },
            Null: { 'dynamodb:LeadingKeys': 'false' },
          },
          Effect: 'Allow',
          Resource,
        },
      ],
    );
  });

  const replacesSettings = () => [
    {
      Action: 'dynamodb:PutItem',
      Condition: {
        'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [slotTableShape.settingsKey] },
        Null: { 'dynamodb:LeadingKeys': 'false' },
      },
      Effect: 'Allow',
      Resource: { 'Fn::GetAtt': ['SlotsB57A0B3E', 'Arn'] },
    },
  ];

  it('lets an operator list all of it too, and replace the item of settings, where overrides and route rules stand; no other item', () => {
    assert.deepEqual(
      rights('operate', (stack, role) => stack.slots.grantOperate(role)),
      [...replacesSettings(), ...onSlots('dynamodb:GetItem', 'dynamodb:Scan', 'dynamodb:UpdateItem')],
    );
  });

  it('is granted just the requests that the adapter makes', () => {
    const adapter = new URL('platform/aws/dynamodb/', root);
    const sources = readdirSync(adapter).map((file) => readFileSync(new URL(file, adapter), 'utf8'));
    const made = new Set(sources.flatMap((source) => [...source.matchAll(/new (\w+)Command\(/g)].map(([, name]) => `dynamodb:${name}`)));
    assert.deepEqual([...made].sort(), ['dynamodb:GetItem', 'dynamodb:Scan', 'dynamodb:UpdateItem']);
  });
});

describe('the table of the spool', () => {
  const spool = tableOf('Spool');

  it('has a row per message and next hop, and two sparse indexes that tell what is due, with no more in them than is read', () => {
    const ordered = (key: string) => [
      { AttributeName: key, KeyType: 'HASH' },
      { AttributeName: spoolTableShape.readyAt, KeyType: 'RANGE' },
    ];
    spool.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      KeySchema: [
        { AttributeName: spoolTableShape.partitionKey, KeyType: 'HASH' },
        { AttributeName: spoolTableShape.sortKey, KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        { IndexName: spoolTableShape.hopIndex, KeySchema: ordered(spoolTableShape.hopKey), Projection: { ProjectionType: 'KEYS_ONLY' } },
        {
          IndexName: spoolTableShape.dueIndex,
          KeySchema: ordered(spoolTableShape.dueKey),
          Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: [spoolTableShape.hop] },
        },
      ],
    });
  });

  it('stays when the stack goes, cannot be deleted by mistake, and can be looked at as it was at any second', () => {
    spool.hasResource('AWS::DynamoDB::GlobalTable', { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    spool.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      Replicas: [{ DeletionProtectionEnabled: true, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }],
    });
  });

  it('is never swept: a row is a promise', () => {
    spool.hasResourceProperties('AWS::DynamoDB::GlobalTable', { TimeToLiveSpecification: Match.absent() });
  });

  it('lets a worker claim and end rows, and neither scan nor administer; the sweep may only look for what is due', () => {
    const actionsOf = (statements: unknown) => (statements as readonly { readonly Action: unknown }[]).flatMap(({ Action }) => Action);
    const deliver = actionsOf(rights('deliver', (stack, role) => stack.spool.grantDeliver(role)));
    assert.deepEqual(
      new Set(deliver),
      new Set(['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem']),
    );
    assert.deepEqual(actionsOf(rights('find', (stack, role) => stack.spool.grantFindDue(role))), ['dynamodb:Query']);
  });
});

describe('the table of failures', () => {
  it('is swept by DynamoDB and goes with the stack, since it is learnt again', () => {
    const failures = tableOf('Failures');
    failures.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      TimeToLiveSpecification: { AttributeName: failureTableShape.expiry, Enabled: true },
    });
    failures.hasResource('AWS::DynamoDB::GlobalTable', { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
  });

  it('lets a worker ask and note, and neither scan nor replace an item', () => {
    assert.deepEqual(
      rights('use-failures', (stack, role) => stack.failures.grantUse(role)),
      [
        {
          Action: ['dynamodb:BatchGetItem', 'dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:UpdateItem'],
          Effect: 'Allow',
          Resource: { 'Fn::GetAtt': ['Failures67E4CD00', 'Arn'] },
        },
      ],
    );
  });
});

describe('the table of sources to collect from', () => {
  const collect = tableOf('Collect');
  interface Statement {
    readonly Action: string | readonly string[];
    readonly Resource: unknown;
  }
  const statements = (name: string, grant: (stack: DataStack, role: IGrantable) => unknown): readonly Statement[] =>
    rights(name, grant) as readonly Statement[];
  const actions = (of: readonly Statement[]): readonly string[] => [...new Set(of.flatMap(({ Action }) => Action))].sort();

  it('has a source and its messages in one partition, and one sparse index that tells which are due and at which host', () => {
    collect.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      KeySchema: [
        { AttributeName: collectTableShape.partitionKey, KeyType: 'HASH' },
        { AttributeName: collectTableShape.sortKey, KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: collectTableShape.dueIndex,
          KeySchema: [
            { AttributeName: collectTableShape.dueKey, KeyType: 'HASH' },
            { AttributeName: collectTableShape.readyAt, KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: [collectTableShape.host] },
        },
      ],
    });
  });

  it('stays when the stack goes, is never swept, and can be looked at as it was: without it all mail would come a second time', () => {
    collect.hasResource('AWS::DynamoDB::GlobalTable', { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    collect.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      TimeToLiveSpecification: Match.absent(),
      Replicas: [{ DeletionProtectionEnabled: true, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }],
    });
  });

  it('lets the schedule look into the index of what is due, and nowhere else', () => {
    const [only, ...more] = statements('plan', (stack, role) => stack.collect.grantFindDue(role));
    assert.deepEqual([only?.Action, more], ['dynamodb:Query', []]);
    assert.match(JSON.stringify(only?.Resource), new RegExp(`/index/${collectTableShape.dueIndex}"`));
  });

  it('lets a collecting session claim, remember and settle, and read no directory', () => {
    assert.deepEqual(actions(statements('collect', (stack, role) => stack.collect.grantCollect(role))), [
      'dynamodb:ConditionCheckItem',
      'dynamodb:DeleteItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
    ]);
  });

  it('lets nobody scan, and an operator no more than the adapter asks for', () => {
    const adapter = new URL('platform/aws/collect/', root);
    const sources = readdirSync(adapter).map((file) => readFileSync(new URL(file, adapter), 'utf8'));
    const made = sources.flatMap((source) => [...source.matchAll(/new (\w+)Command\(/g)].map(([, name]) => `dynamodb:${name}`));
    const operate = actions(statements('operate-collect', (stack, role) => stack.collect.grantOperate(role)));
    assert.deepEqual(operate, [...new Set([...made, 'dynamodb:PutItem'])].sort()); // PutItem: in transactions
  });
});

describe('the table of mail', () => {
  const mail = tableOf('Mail');

  it('has accounts and mailboxes as partitions, and no index: a mailbox is read by its own key alone', () => {
    mail.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      KeySchema: [
        { AttributeName: mailTableShape.partitionKey, KeyType: 'HASH' },
        { AttributeName: mailTableShape.sortKey, KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: Match.absent(),
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: Match.absent(),
    });
  });

  it('stays when the stack goes, cannot be deleted by mistake, and can be looked at as it was at any second', () => {
    mail.hasResource('AWS::DynamoDB::GlobalTable', { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    mail.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      Replicas: [{ DeletionProtectionEnabled: true, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }],
    });
  });

  it('forgets by itself what was remembered for a while, and names the mailboxes that are throttled', () => {
    mail.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      TimeToLiveSpecification: { AttributeName: mailTableShape.expiry, Enabled: true },
      Replicas: [{ ContributorInsightsSpecification: { Enabled: true, Mode: 'THROTTLED_KEYS' } }],
    });
  });
});

describe('rights on the table of mail', () => {
  type Statement = { readonly Action: string | readonly string[]; readonly Condition?: unknown };
  const given = (name: string, grant: (stack: DataStack, role: IGrantable) => unknown) => rights(name, grant) as readonly Statement[];
  const actions = (statements: readonly Statement[]) => [...new Set(statements.flatMap(({ Action }) => Action))].sort();
  /** Requests that the adapters make; parts of transactions are rights of their own, and a transaction that reads is as many reads. */
  const requested = (): readonly string[] => {
    const sources = ['mailboxes', 'accounts', 'talk', 'dynamodb'].flatMap((room) => {
      const directory = new URL(`platform/aws/${room}/`, root);
      return readdirSync(directory).map((file) => readFileSync(new URL(file, directory), 'utf8'));
    });
    const made = sources.flatMap((source) => [...source.matchAll(/new (\w+)Command\(/g)].map(([, name]) => `dynamodb:${name}`));
    const parts = sources.flatMap((source) =>
      [...source.matchAll(/\b(ConditionCheck|Put|Update|Delete): \{/g)].map(([, name]) => `dynamodb:${name}Item`),
    );
    const whole = new Set(['dynamodb:TransactWriteItems', 'dynamodb:TransactGetItems', 'dynamodb:Scan', 'dynamodb:Invoke']); // of slots, of Lambda
    return [...new Set([...made, ...parts])].filter((action) => !whole.has(action)).sort();
  };

  it('are, for whoever works in mailboxes, just the requests that the adapters make', () => {
    const use = actions(given('use-mail', (stack, role) => stack.mail.grantUse(role)));
    for (const action of requested()) assert.ok(use.includes(action), action);
    assert.ok(!use.includes('dynamodb:Scan'));
  });

  it('are bound to partitions for whoever has no business in mailboxes, and a request that names no partition is refused', () => {
    const bound = { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['processes'] }, Null: { 'dynamodb:LeadingKeys': 'false' } };
    const find = given('find-processes', (stack, role) => stack.mail.grantFindProcesses(role));
    assert.deepEqual(
      find.map(({ Condition }) => Condition),
      [bound],
    );
    assert.deepEqual(actions(find), ['dynamodb:Query']);
    const list = given('list-process', (stack, role) => stack.mail.grantListProcess(role));
    assert.deepEqual(actions(list), ['dynamodb:UpdateItem']);
    // The others' keys: what a write answers would tell them too.
    assert.deepEqual(
      list.map(({ Condition }) => Condition),
      [{ ...bound, StringEqualsIfExists: { 'dynamodb:ReturnValues': 'NONE' } }],
    );
  });
});

describe('the table of addresses', () => {
  const addresses = tableOf('Addresses');

  it('has an item per address and stays when the stack goes: it says who has mail here', () => {
    addresses.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      KeySchema: [{ AttributeName: addressTableShape.partitionKey, KeyType: 'HASH' }],
      Replicas: [{ DeletionProtectionEnabled: true, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }],
    });
    addresses.hasResource('AWS::DynamoDB::GlobalTable', { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
  });
});

describe('the secret of the certificate', () => {
  it('is made under the name that listeners look for, with a word that is no certificate, so that a deploy never writes it again', () => {
    template.hasResourceProperties('AWS::SecretsManager::Secret', {
      Name: `${secretsPath('test')}${stageSecrets.certificate}`,
      SecretString: 'none',
    });
  });

  it('stays when the stack goes, since the private key may be nowhere else; not when the stack never came to stand, or its name would be taken', () => {
    template.hasResource('AWS::SecretsManager::Secret', { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
  });
});

describe('a stage whose data may go', () => {
  it('deletes every table, the bucket and the secret with the stack', () => {
    const app = new App({ context, outdir: join(out, 'goes') });
    const goes = Template.fromStack(new DataStack(app, 'mailweir-test-data', { stage: parseStage('test'), keepData: false }));
    for (const type of ['AWS::DynamoDB::GlobalTable', 'AWS::S3::Bucket', 'AWS::SecretsManager::Secret']) {
      goes.allResources(type, { DeletionPolicy: 'Delete' });
    }
  });
});

describe('the bucket of bodies', () => {
  it('stays when the stack goes or replaces it, since it holds the mail', () => {
    template.hasResource('AWS::S3::Bucket', { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
  });

  it('keeps its logical id: under another one a deploy would begin a new, empty bucket', () => {
    assert.deepEqual(Object.keys(template.findResources('AWS::S3::Bucket')), ['Bodies41EE0129']);
  });

  it('never lets a body expire by age, and drops what a process that died left half uploaded', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      LifecycleConfiguration: {
        Rules: Match.exact([
          { Status: 'Enabled', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } },
          { Status: 'Enabled', Prefix: 'texts/', ExpirationInDays: 90 },
          { Status: 'Enabled', Prefix: 'orphans/', ExpirationInDays: 30 }, // where nothing is put but what no row has named for two days
        ]),
      },
    });
  });

  it('lets the chore that sets bodies aside list and move those of the spool, and touch none of mailboxes', () => {
    const arn = { 'Fn::GetAtt': ['Bodies41EE0129', 'Arn'] };
    const under = (path: string) => ({ 'Fn::Join': ['', [arn, path]] });
    assert.deepEqual(
      rights('set-aside', (stack, role) => stack.bodies.grantSetAside(role)),
      [
        { Action: 's3:ListBucket', Effect: 'Allow', Resource: arn, Condition: { StringLike: { 's3:prefix': 'spool/*' } } },
        { Action: ['s3:DeleteObject', 's3:GetObject'], Effect: 'Allow', Resource: under('/spool/*') },
        { Action: 's3:PutObject', Effect: 'Allow', Resource: under('/orphans/*') },
      ],
    );
  });

  it('keeps no versions: a body that is removed is meant to be gone', () => {
    template.hasResourceProperties('AWS::S3::Bucket', { VersioningConfiguration: Match.absent() });
  });

  it('is encrypted at rest', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] },
    });
  });

  it('cannot be opened to the public, by policy or by ACL', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
    });
  });

  it('refuses everybody who comes without TLS, for the bucket and for each body', () => {
    const arn = { 'Fn::GetAtt': ['Bodies41EE0129', 'Arn'] };
    template.hasResourceProperties('AWS::S3::BucketPolicy', {
      Bucket: { Ref: 'Bodies41EE0129' },
      PolicyDocument: {
        Statement: Match.arrayWith([
          {
            Effect: 'Deny',
            Principal: { AWS: '*' },
            Action: 's3:*',
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
            Resource: [arn, { 'Fn::Join': ['', [arn, '/*']] }],
          },
        ]),
      },
    });
  });

  const onBodies = (action: string | readonly string[]) => [
    { Action: action, Effect: 'Allow', Resource: { 'Fn::Join': ['', [{ 'Fn::GetAtt': ['Bodies41EE0129', 'Arn'] }, '/*']] } },
  ];

  it('lets a listener put bodies and abort what was left in the midst, and read none', () => {
    assert.deepEqual(
      rights('stage', (stack, role) => stack.bodies.grantStage(role)),
      onBodies(['s3:AbortMultipartUpload', 's3:PutObject']),
    );
  });

  it('lets a reader get the bodies it was told of, and list none', () => {
    assert.deepEqual(
      rights('read', (stack, role) => stack.bodies.grantRead(role)),
      onBodies('s3:GetObject'),
    );
  });

  it('lets a sweeper remove bodies, and read none', () => {
    assert.deepEqual(
      rights('remove', (stack, role) => stack.bodies.grantRemove(role)),
      onBodies('s3:DeleteObject'),
    );
  });
});

describe('a stage', () => {
  it('refuses a stage that cannot stand in a stack name and an SSM path, and says which can', () => {
    for (const stage of ['', 'x', 'Prod', '1st', 'prod-', 'pro/d', 'a'.repeat(21), undefined, 7]) {
      assert.throws(() => parseStage(stage), /^Error: stage .*give 2 to 20 of a-z, 0-9 and "-".* -c stage=prod$/);
    }
    assert.equal(parseStage('eu-1'), 'eu-1');
  });
});
