import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { type QueryCommandOutput, ScanCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { type MailboxStatus, type MailboxStore, maxMailboxes } from '../../core/mailbox/mailbox-store.ts';
import type { AccountId, Address } from '../../core/values/address.ts';
import type { MailboxId } from '../../core/values/ids.ts';
import type { Network } from '../../core/values/network.ts';
import type { NumberSet } from '../../core/values/number-set.ts';
import type { Modseq, Uid } from '../../core/values/uid.ts';
import { ownKey } from '../../platform/aws/accounts/account-items.ts';
import { openPatientClient } from '../../platform/aws/dynamodb/client.ts';
import { accountShape, mailTableShape } from '../../platform/aws/mail-shapes.ts';
import { dynamoMailboxWatchers } from '../../platform/aws/mailboxes/watching.ts';
import { slotTableShape } from '../../platform/aws/table-shapes.ts';
import { systemClock } from '../../platform/node/clock.ts';
import { type AccountProcess, makeAccountTables } from './account-tables.ts';
import { assertAgrees } from './account-tables-read.ts';
import { type Fate, FaultyRoad } from './faulty-road.ts';
import { mortalClient } from './mortal-client.ts';
import { endpoint, noEndpoint } from './slot-tables.ts';

const alice = 'alice@example.org' as AccountId;
const bob = 'bob@example.org' as AccountId;
const at = (text: string): Address => text as Address;

/** A process whose transactions each meet this fate the first time they are sent. */
async function overFaultyRoad(t: TestContext, fate: Fate) {
  const tables = await makeAccountTables(endpoint ?? '');
  const road = await FaultyRoad.open(endpoint ?? '');
  const client = openPatientClient({ endpoint: road.url });
  t.after(async () => {
    client.destroy();
    await road.close();
    await tables.remove();
  });
  const met = new Set<string>();
  road.fate = ({ operation, body }) => {
    if (operation !== 'TransactWriteItems' || met.has(body)) return 'well';
    met.add(body); // a copy has the same token, and so the same body
    return fate;
  };
  return { tables, process: tables.open({ client }), met };
}

/** Everything that changes something, one after the other. @returns what was answered */
async function everyChange({ accounts, mailboxes }: AccountProcess): Promise<readonly unknown[]> {
  const kind = (answer: unknown): unknown => (typeof answer === 'string' ? answer : 'made');
  return [
    kind(await accounts.add(alice, 'h')),
    kind(await accounts.add(bob, 'h')),
    kind(await accounts.setPassword(alice, 'new')),
    await accounts.addAlias({ address: at('sales@example.com'), targets: [at(alice)] }),
    await accounts.removeAlias(at('sales@example.com')),
    kind(await mailboxes.create(alice, 'a/b/c')),
    await mailboxes.rename(alice, 'a/b', 'x'),
    await mailboxes.delete(alice, 'a'),
    await mailboxes.subscribe(alice, 'a', true),
    await mailboxes.subscribe(alice, 'Trash', false),
    await mailboxes.rename(alice, 'INBOX', 'Old'),
    await accounts.remove(alice),
  ];
}

const answers = ['made', 'made', 'made', 'added', 'removed', 'made', 'renamed', 'deleted', 'done', 'done', 'renamed', 'removed'];

describe('accounts and names over a road that loses replies', { skip: noEndpoint }, () => {
  for (const fate of ['failed', 'broken-after', 'broken', 'throttled', 'twice'] as const) {
    it(`answer as if nothing had been (${fate}), and nothing is done twice`, async (t) => {
      const { tables, process, met } = await overFaultyRoad(t, fate);
      assert.deepEqual(await everyChange(process), answers);
      assert.ok(met.size >= answers.length);
      await assertAgrees(tables, true);
    });
  }
});

describe('accounts and names of two processes that write at once', { skip: noEndpoint }, () => {
  it('stay in one piece, and whoever is answered that it is done finds it so', async (t) => {
    const tables = await makeAccountTables(endpoint ?? '');
    t.after(tables.remove);
    const [one, two] = [tables.open(), tables.open()];
    await one.accounts.add(alice, 'h');
    const folders = Array.from({ length: 6 }, (_, i) => `f${i}`);
    await Promise.all([
      ...folders.map((name) => one.mailboxes.create(alice, `${name}/below`)),
      ...folders.map((name) => two.mailboxes.create(alice, `${name}/too`)),
      two.accounts.setPassword(alice, 'new'),
      one.mailboxes.subscribe(alice, 'later', true),
    ]);
    await assertAgrees(tables, true);
    const moved = await Promise.all([
      ...folders.map((name) => one.mailboxes.rename(alice, name, `g/${name}`)),
      ...folders.map((name) => two.mailboxes.rename(alice, name, `h/${name}`)),
      two.mailboxes.delete(alice, 'f0/too'),
    ]);
    assert.equal(moved.filter((answer) => answer === 'renamed').length, folders.length);
    await assertAgrees(tables, true);
    const names = (await two.mailboxes.list(alice)).map(({ name }) => name);
    for (const name of folders) assert.equal(names.filter((each) => each.endsWith(`/${name}/below`)).length, 1, name);
  });

  it('leave nothing behind when an account is removed while its names change', async (t) => {
    const tables = await makeAccountTables(endpoint ?? '');
    t.after(tables.remove);
    const [one, two] = [tables.open(), tables.open()];
    await one.accounts.add(bob, 'h');
    for (let round = 0; round < 5; round += 1) {
      await one.accounts.add(alice, 'h');
      const names = ['a', 'b/c', 'd'].map((name) => two.mailboxes.create(alice, name));
      const [removed, again] = await Promise.all([one.accounts.remove(alice), two.accounts.remove(alice), Promise.allSettled(names)]);
      assert.ok([removed, again].includes('removed'));
      await two.accounts.remove(alice); // who came first may have been told before the other was done
      await assertAgrees(tables, true);
    }
  });
});

/** Messages of mailboxes, in memory. */
function countedMessages() {
  const held = new Map<MailboxId, number>();
  const moves: { readonly from: MailboxId; readonly uids: NumberSet }[] = [];
  const messages: Pick<MailboxStore, 'status' | 'move'> = {
    status: async (mailbox): Promise<MailboxStatus> => {
      const count = held.get(mailbox) ?? 0;
      return { messages: count, unseen: 0, deleted: 0, size: 0, recent: 0, uidNext: (count + 1) as Uid, highestModseq: 1n as Modseq };
    },
    move: async (from, uids, to) => {
      moves.push({ from, uids });
      held.set(to, (held.get(to) ?? 0) + (held.get(from) ?? 0));
      held.set(from, 0);
      return { from: [], to: [] };
    },
  };
  return { held, moves, messages };
}

describe('INBOX renamed', { skip: noEndpoint }, () => {
  it('goes on where a process that died had come to, with the same RENAME, and with no other', async (t) => {
    let cutShort = 0;
    for (let n = 1, finished = false; !finished; n += 1) {
      const tables = await makeAccountTables(endpoint ?? '');
      t.after(tables.remove);
      const { held, messages } = countedMessages();
      const healthy = tables.open({ messages });
      await healthy.accounts.add(alice, 'h');
      const inbox = (await healthy.mailboxes.find(alice, 'INBOX'))?.id ?? ('' as MailboxId);
      held.set(inbox, 2);
      const { client } = mortalClient(endpoint ?? '', n, 'after');
      t.after(() => client.destroy());
      const done = await tables
        .open({ client, messages })
        .mailboxes.rename(alice, 'INBOX', 'Old/mail')
        .catch(() => 'died');
      finished = done === 'renamed';
      const left = await healthy.mailboxes.find(alice, 'Old/mail');
      if (!finished && left !== undefined) cutShort += 1;
      assert.equal(await healthy.mailboxes.rename(alice, 'Sent', 'Old/mail'), left === undefined ? 'renamed' : 'exists');
      if (left === undefined) await healthy.mailboxes.rename(alice, 'Old/mail', 'Sent');
      const again = await healthy.mailboxes.rename(alice, 'INBOX', 'Old/mail');
      assert.ok(again === 'renamed' || left !== undefined);
      assert.equal(held.get(inbox), 0);
      assert.equal(held.get((await healthy.mailboxes.find(alice, 'Old/mail'))?.id ?? inbox), 2);
      assert.equal(await healthy.mailboxes.rename(alice, 'INBOX', 'Old/mail'), 'exists');
      await assertAgrees(tables, true);
    }
    assert.ok(cutShort > 0);
  });
});

describe('a mailbox that is deleted', { skip: noEndpoint }, () => {
  it('is told to the processes that watch it', async (t) => {
    const tables = await makeAccountTables(endpoint ?? '');
    t.after(tables.remove);
    const told: (readonly [MailboxId, readonly string[]])[] = [];
    const { accounts, mailboxes } = tables.open({ teller: { tell: (mailbox, watchers) => void told.push([mailbox, watchers]) } });
    await accounts.add(alice, 'h');
    const made = await mailboxes.create(alice, 'a');
    assert.ok(typeof made !== 'string');
    const watchers = dynamoMailboxWatchers({ client: tables.client, table: tables.tables.mail, clock: systemClock });
    await watchers.register(made.id, '10.0.0.1:8026', Date.now() + 60_000);
    await mailboxes.delete(alice, 'a');
    const ofIt = told.filter(([mailbox]) => mailbox === made.id); // names are told of, too
    assert.deepEqual(ofIt, [[made.id, ['10.0.0.1:8026']]]);
    assert.equal(await watchers.modseqOf(made.id), undefined);
  });
});

describe('a list of names that was read in the midst of a change', { skip: noEndpoint }, () => {
  it('is read again until it agrees with itself', async (t) => {
    const tables = await makeAccountTables(endpoint ?? '');
    const client = openPatientClient({ endpoint: endpoint ?? '' });
    t.after(async () => {
      client.destroy();
      await tables.remove();
    });
    let queries = 0;
    // What a reader may meet while a transaction becomes visible item by item: the old name is gone, and the new one is not there yet.
    client.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          const result = await next(args);
          if (commandName !== 'QueryCommand') return result;
          queries += 1;
          const output = result.output as QueryCommandOutput;
          if (queries === 1)
            output.Items = (output.Items ?? []).filter((item) => item[mailTableShape.sortKey]?.S?.endsWith('/Sent') !== true);
          return result;
        },
      { step: 'initialize', name: 'torn' },
    );
    const { accounts, mailboxes } = tables.open({ client });
    await accounts.add(alice, 'h');
    assert.equal((await mailboxes.list(alice)).length, 6);
    assert.equal(queries, 2);
  });
});

describe('failed logins of one network', { skip: noEndpoint }, () => {
  it('stand in items that never have more than sixty numbers, and that TTL sweeps when nobody asks for them any more', async (t) => {
    const tables = await makeAccountTables(endpoint ?? '');
    t.after(tables.remove);
    const { loginFailures } = tables.open();
    const network = '192.0.2.1/32' as Network;
    const start = 1_700_000_400_000; // ms, where ten minutes begin
    for (let at = start; at < start + 1_200_000; at += 5_000) await loginFailures.record(network, at);
    const { Items = [] } = await tables.client.send(new ScanCommand({ TableName: tables.tables.slots, ConsistentRead: true }));
    assert.equal(Items.length, 2);
    for (const item of Items) {
      assert.equal(Object.keys(item).filter((name) => name.startsWith(slotTableShape.failuresPrefix)).length, 60);
      const expiry = Number(item[slotTableShape.expiry]?.N) * 1000;
      assert.ok(expiry >= start + 1_200_000 && expiry <= start + 1_200_000 + 1_200_000);
    }
    assert.equal(await loginFailures.count(network, start + 1_195_000), 122); // of the last ten minutes and the ten seconds they began in
  });
});

describe('names and subscriptions of an account that has ten thousand', { skip: noEndpoint }, () => {
  it('are not added to, and may be renamed and removed', async (t) => {
    const tables = await makeAccountTables(endpoint ?? '');
    t.after(tables.remove);
    const { accounts, mailboxes } = tables.open();
    await accounts.add(alice, 'h');
    const counts = { ':n': { N: String(maxMailboxes) } };
    await tables.client.send(
      new UpdateItemCommand({
        TableName: tables.tables.mail,
        Key: ownKey(alice),
        UpdateExpression: 'SET #names = :n, #subscriptions = :n',
        ExpressionAttributeNames: { '#names': accountShape.names, '#subscriptions': accountShape.subscriptions },
        ExpressionAttributeValues: counts,
      }),
    );
    assert.equal(await mailboxes.create(alice, 'one more'), 'too-many');
    assert.equal(await mailboxes.rename(alice, 'INBOX', 'one more'), 'too-many');
    assert.equal(await mailboxes.rename(alice, 'Trash', 'below/Trash'), 'too-many');
    assert.equal(await mailboxes.subscribe(alice, 'one more', true), 'too-many');
    assert.equal(await mailboxes.rename(alice, 'Trash', 'Bin'), 'renamed');
    assert.equal(await mailboxes.delete(alice, 'Bin'), 'deleted');
    assert.equal(await mailboxes.subscribe(alice, 'Trash', false), 'done');
    assert.notEqual(await mailboxes.create(alice, 'one more'), 'too-many');
    assert.equal(await mailboxes.subscribe(alice, 'one more', true), 'done');
  });
});
