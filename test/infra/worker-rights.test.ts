import assert from 'node:assert/strict';
import { matchesGlob } from 'node:path';
import { describe, it } from 'node:test';
import { collectKey, collectServerKey, outboundKey, sessionsKey } from '../../core/slots/slot-key.ts';
import type { SlotKey } from '../../core/slots/slot-store.ts';
import { partKey } from '../../core/slots/split/part-layout.ts';
import { type WorkerName, wokenBy, workerNames } from '../../infra/workers.ts';
import { pkOfKey } from '../../platform/aws/dynamodb/slot-items.ts';
import { signingKeys } from '../../platform/aws/stage-names.ts';
import { keepDkimKey, makeDkimKey } from '../../platform/node/dkim-keys.ts';
import { queueNamed, stage } from './delivery-template.ts';
import { oneOf, resources } from './stage-app.ts';
import { actionsOf, type Statement } from './statements.ts';

const statements = (name: WorkerName): readonly Statement[] =>
  oneOf(stage, 'AWS::IAM::Policy', `${name.replaceAll('-', '')}RoleDefaultPolicy`).Properties.PolicyDocument.Statement;

/** All that a role may do, with what the resource of each right is. */
const rights = (name: WorkerName) =>
  statements(name)
    .filter(({ Effect }) => Effect === 'Allow')
    .flatMap((statement) => actionsOf([statement]).map((action) => ({ action, on: JSON.stringify(statement.Resource) })));

const may = (name: WorkerName, action: string): readonly string[] =>
  rights(name).flatMap((right) => (right.action === action ? [right.on] : []));

describe('the rights of functions', () => {
  it('let none send to the queue that wakes it, nor two wake each other: Lambda stops such a loop after sixteen rounds', () => {
    const wakes = new Map(
      workerNames.map((name) => [
        name,
        Object.entries(wokenBy).flatMap(([queue, worker]) =>
          may(name, 'sqs:SendMessage').some((on) => on.includes(queueNamed(queue).id)) ? [worker] : [],
        ),
      ]),
    );
    const reached = (from: WorkerName, seen = new Set<WorkerName>()): ReadonlySet<WorkerName> => {
      for (const next of wakes.get(from) ?? []) {
        if (seen.has(next)) continue;
        seen.add(next);
        reached(next, seen);
      }
      return seen;
    };
    assert.deepEqual(wakes.get('deliver-outbound'), ['deliver-local']);
    for (const name of workerNames) assert.ok(!reached(name).has(name), name);
  });

  it('give passwords and mailboxes to those alone that deliver into mailboxes or purge them', () => {
    const reading = workerNames.filter((name) =>
      statements(name).some((one) => JSON.stringify(one.Resource).includes('FnGetAttMail') && one.Condition === undefined),
    );
    assert.deepEqual(reading, ['deliver-local', 'tidy']);
  });

  it('show bodies of mailboxes to those alone that deliver into mailboxes: the others have the spool’s, and collecting reads none', () => {
    const reading = (name: WorkerName) => may(name, 's3:GetObject').map((on) => on.match(/"(\/[^"]*)"/)?.[1]);
    assert.deepEqual(reading('deliver-local'), ['/*']);
    assert.deepEqual(reading('deliver-outbound'), ['/spool/*']);
    assert.deepEqual(reading('collect'), ['/spool/*.facts']);
    assert.deepEqual(may('deliver-outbound', 's3:PutObject'), may('deliver-outbound', 's3:GetObject'));
  });

  it('let only outbound sessions look for secrets: keys that sign', () => {
    assert.deepEqual(
      workerNames.filter((name) => may(name, 'secretsmanager:ListSecrets').length > 0),
      ['deliver-outbound'],
    );
  });

  it('keep keys that sign mail from collecting, and the key of TLS from both that read secrets', async () => {
    const kept = (name: WorkerName) =>
      statements(name).flatMap(({ Effect, Resource }) =>
        Effect === 'Deny' ? JSON.stringify(Resource).match(/secret:mailweir[^"]*/g) : [],
      );
    assert.deepEqual(kept('deliver-outbound'), ['secret:mailweir/test/certificate*']);
    assert.deepEqual(kept('collect'), ['secret:mailweir/test/certificate*', 'secret:mailweir/test/dkim.*']);
    const names: string[] = [];
    const store = {
      put: async (name: string) => void names.push(name),
      get: async () => undefined,
      names: async () => [],
      remove: async () => false,
    };
    await keepDkimKey(store, await makeDkimKey('mailweir.test', 's1', 'ed25519', 0));
    assert.deepEqual(
      names.map((name) => name.startsWith(signingKeys)),
      [true],
    );
  });

  it('let tidying scan the rows of the spool, and no index', () => {
    assert.doesNotMatch(may('tidy', 'dynamodb:Scan').join(), /index/);
  });

  it('let only outbound sessions send by SES, as any domain of the account', () => {
    const sending = workerNames.filter((name) => may(name, 'ses:SendRawEmail').length > 0);
    assert.deepEqual(sending, ['deliver-outbound']);
    assert.match(may('deliver-outbound', 'ses:SendRawEmail').join(), /:configuration-set\/\*.*:identity\/\*/);
  });

  it('let a function that takes no slots read the settings and no slot', () => {
    for (const name of ['deliver-local', 'plan-collect'] as const) {
      const onSlots = statements(name).filter(({ Resource }) => JSON.stringify(Resource).includes('FnGetAttSlots'));
      assert.deepEqual(
        onSlots.map(({ Action, Condition }) => [Action, Condition?.Null]),
        [['dynamodb:GetItem', { 'dynamodb:LeadingKeys': 'false' }]],
        name,
      );
    }
  });

  it('let dispatch-due read the totals that functions hold, with the parts of each, and of no others', () => {
    const partitions = statements('dispatch-due')
      .filter(({ Resource }) => JSON.stringify(Resource).includes('FnGetAttSlots'))
      .flatMap(({ Action, Condition }) => {
        assert.equal(Action, 'dynamodb:GetItem');
        return (Condition?.['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'] ?? []) as string | string[];
      });
    const mayRead = (key: SlotKey): boolean => partitions.some((pattern) => matchesGlob(pkOfKey(key).pk.S, pattern));
    for (const key of [outboundKey(), collectKey()])
      for (const one of [key, partKey(key, 0), partKey(key, 63)]) assert.ok(mayRead(one), one);
    for (const key of [sessionsKey('imap'), partKey(sessionsKey('imap'), 0), collectServerKey('pop.example.net')])
      assert.ok(!mayRead(key), key);
  });

  it('let apply-settings change one mapping, and read the parameters of the stage by their path', () => {
    assert.match(may('apply-settings', 'lambda:UpdateEventSourceMapping').join(), /event-source-mapping:.*outboundqueueMapping/);
    const [on = ''] = may('apply-settings', 'ssm:GetParametersByPath');
    assert.match(on, /:parameter\/mailweir\/test"/);
    assert.match(on, /:parameter\/mailweir\/test\/\*"/);
    assert.deepEqual(may('apply-settings', 'ssm:PutParameter'), []);
  });

  it('keep the right to make network interfaces from the code itself: it is Lambda’s, in the name of the role', () => {
    const denied = statements('deliver-local').filter(({ Effect }) => Effect === 'Deny');
    assert.equal(denied.length, 1);
    assert.match(JSON.stringify(denied[0]?.Condition), /lambda:SourceFunctionArn.*:function:mailweir-test-deliver-local/);
  });

  it('name every action, and no managed policy of AWS', () => {
    for (const name of workerNames) for (const { action } of rights(name)) assert.doesNotMatch(action, /\*/);
    for (const { Properties } of Object.values(resources(stage, 'AWS::IAM::Role'))) assert.equal(Properties.ManagedPolicyArns, undefined);
  });
});
