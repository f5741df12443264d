import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Spool } from '../../core/delivery/spool.ts';
import { messageFacts } from '../../core/message/parse-message.ts';
import type { HolderId, MailboxId, SpoolId } from '../../core/values/ids.ts';
import { openPatientClient } from '../../platform/aws/dynamodb/client.ts';
import { MailSpool } from '../../platform/aws/mailboxes/mail-spool.ts';
import { MailTable } from '../../platform/aws/mailboxes/mail-table.ts';
import { newMailboxRow } from '../../platform/aws/mailboxes/mailbox-row.ts';
import { type Messages, openMessages } from '../../platform/aws/mailboxes/messages.ts';
import { BodyObjects, openBodyClient } from '../../platform/aws/s3/body-objects.ts';
import { MailBodies } from '../../platform/aws/s3/mail-bodies.ts';
import { systemClock } from '../../platform/node/clock.ts';
import { systemNewId } from '../../platform/node/new-id.ts';
import { local, rowFor } from '../contract/spool-worlds.ts';
import { collected, letter, read, stage } from '../contract/worlds.ts';
import { type MailPlace, makeMailPlace } from './mail-place.ts';
import { endpoint, noEndpoint } from './slot-tables.ts';

const us = 'us' as HolderId;
const them = 'them' as HolderId;
const newId = systemNewId();

/** What becomes of the nth request of a process, and of those after it. */
type Fate = (nth: number) => 'well' | 'lost' | 'unanswered';

describe('delivery into mailboxes on AWS', { skip: noEndpoint }, () => {
  let place: MailPlace;
  let table: MailTable;
  const clients: { destroy(): void }[] = [];
  before(async () => {
    place = await makeMailPlace(endpoint ?? '');
    table = new MailTable(openPatientClient({ endpoint: endpoint ?? '' }), place.names.tables.mail);
  });
  after(async () => {
    for (const client of [...clients, table.client]) client.destroy();
    await place.remove();
  });

  function process(fate: Fate = () => 'well'): { readonly spool: Spool; readonly messages: Messages; readonly bodies: BodyObjects } {
    let requests = 0;
    const failing = <C extends Pick<DynamoDBClient, 'middlewareStack' | 'destroy'>>(client: C): C => {
      clients.push(client);
      client.middlewareStack.add(
        (next) => async (args) => {
          requests += 1;
          const what = fate(requests);
          if (what === 'lost') throw new Error('the request was lost');
          const answer = await next(args);
          if (what === 'unanswered') throw new Error('the answer was lost');
          return answer;
        },
        { step: 'initialize', name: 'fate' },
      );
      return client;
    };
    const { tables, bucket } = place.names;
    const client = failing(openPatientClient({ endpoint: endpoint ?? '' }));
    const s3 = openBodyClient(endpoint);
    failing(s3 as never);
    const bodies = new BodyObjects({ client: s3, bucket, newId, messageFacts });
    const mail = new MailBodies({ client: s3, bucket });
    const messages = openMessages({ client, table: tables.mail, bodies: mail, clock: systemClock, newId });
    return { spool: new MailSpool({ client, table: tables.spool, bodies, random: Math.random, messages }), messages, bodies };
  }

  async function inboxes(): Promise<readonly MailboxId[]> {
    const ids = [newId(), newId()].map((id) => id as MailboxId);
    for (const id of ids) await table.put(newMailboxRow({ id, uidValidity: 1 }));
    return ids;
  }

  it('comes to its end after a death at any request, and each mailbox has the message once', async () => {
    for (const how of ['lost', 'unanswered'] as const) {
      for (let nth = 1, isDone = false; !isDone; nth += 1) {
        const well = process();
        const mailboxes = await inboxes();
        const [row] = await well.spool.add(newId() as SpoolId, await stage(well, letter('once')), [rowFor(local)], 1000);
        assert.ok(row);
        await well.spool.claim(row.id, 1000, { by: us, until: 5000 });
        const copies = mailboxes.map((mailbox) => ({ mailbox, prefix: '', flags: [], internalDate: 1, deliveryKey: `key ${row.id}` }));
        const dying = process((request) => (request < nth ? 'well' : request === nth ? how : 'lost'));
        isDone = await dying.spool.deliver(row.id, us, copies).then(
          () => true,
          () => false,
        );
        if ((await well.spool.claim(row.id, 6000, { by: them, until: 9000 })) !== undefined) {
          assert.notEqual(await well.spool.deliver(row.id, them, copies), 'claim-lost');
        }
        assert.equal(await well.spool.get(row.id), undefined);
        for (const mailbox of mailboxes) {
          const messages = await collected(well.messages.store.messages(mailbox, [{ from: 1, to: 99 }]));
          assert.deepEqual(
            messages.map(({ uid }) => uid),
            [1],
            `request ${nth} ${how}`,
          );
          for (const { body } of messages) assert.equal(await read(well, body), letter('once'));
        }
      }
    }
  });
});
