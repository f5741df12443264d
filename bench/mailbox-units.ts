import type { NewMessage } from '../core/mailbox/mailbox-store.ts';
import { messageFacts } from '../core/message/parse-message.ts';
import { deleted, seen } from '../core/values/flags.ts';
import type { BodyId, MailboxId } from '../core/values/ids.ts';
import type { MessageFacts } from '../core/values/message-facts.ts';
import type { NumberSet } from '../core/values/number-set.ts';
import type { Modseq } from '../core/values/uid.ts';
import { requestUnits } from '../platform/aws/dynamodb/request-units.ts';
import { itemSize } from '../platform/aws/dynamodb/write-units.ts';
import { blockItem, blockOf, blockSize, type FlagEntry } from '../platform/aws/mailboxes/flag-block.ts';
import { newMailboxRow, rowAttributes } from '../platform/aws/mailboxes/mailbox-row.ts';
import { packFacts, recordItem } from '../platform/aws/mailboxes/message-record.ts';
import { ownerKey } from '../platform/aws/mailboxes/ownership.ts';
import { systemNewId } from '../platform/node/new-id.ts';
import { SmallMail } from '../test/aws/small-mail.ts';

const newId = systemNewId();
const writePrice = 0.625; // dollars a million units on demand, us-east-1
const readPrice = 0.125;

/**
 * Units of DynamoDB that the mailboxes' own requests cost, reckoned from the items that they meet. The store is in memory, so that a mailbox of 100,000
 * is made at once; what it charges is AWS's rule, which test/aws/request-units.test.ts holds against AWS's examples and dynalite.
 */
export async function benchMailboxUnits(): Promise<void> {
  for (const count of [100, 100_000]) await operations(count);
}

async function operations(count: number): Promise<void> {
  const mail = new SmallMail();
  const [inbox, archive] = [filled(mail, 'inbox', count), mail.mailbox('archive')];
  let units = { read: 0, write: 0 };
  let requests = 0;
  mail.dynamo.served = ({ operation, input }, touched) => {
    const { read, write } = requestUnits(operation, touched, isConsistent(input));
    units = { read: units.read + read, write: units.write + write };
    requests += 1;
  };
  const { store } = mail.process();
  const measure = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    units = { read: 0, write: 0 };
    requests = 0;
    const answer = await work();
    const dollars = units.read * readPrice + units.write * writePrice;
    console.log(`${what} | ${count} | ${requests} | ${units.read} | ${units.write} | $${dollars.toFixed(2)} for a million`);
    return answer;
  };
  const row = mail.dynamo.get('b/inbox', 'row') ?? {};
  const [block, record] = [mail.dynamo.get('b/inbox', 'f/00000001') ?? {}, mail.dynamo.get('b/inbox', 'm/0000000064') ?? {}];
  console.log(`octets of an item: new row ${itemSize(row)}, block of 64 ${itemSize(block)}, record ${itemSize(record)}`);
  console.log('operation | messages | requests | read units | write units | price');
  const appended = message(mail);
  const [first] = await measure('append, with a delivery key', () => store.append(inbox, [appended]));
  for (let i = 0; i < 40; i += 1) await store.append(inbox, [message(mail)]);
  await measure('append, when the row has its history', () => store.append(inbox, [message(mail)]));
  await measure('SELECT', () => store.contents(inbox));
  await measure('STATUS', () => store.status(inbox));
  await measure('flag sync, all of it (changes since 0)', () => store.changesSince(inbox, 0n as Modseq));
  await measure('flag sync, twenty changes since', () => store.changesSince(inbox, ((first?.modseq ?? 0n) + 21n) as Modseq));
  const { highestModseq } = await store.status(inbox);
  await measure('flag sync, nothing since', () => store.changesSince(inbox, highestModseq));
  await measure('STORE on 1', () => store.changeFlags(inbox, one(5), { how: 'remove', flags: [seen] }));
  const most = Math.min(1_000, count);
  await measure(`STORE on ${most}`, () => store.changeFlags(inbox, upTo(most), { how: 'add', flags: [deleted] }));
  await measure('FETCH of 100 records side by side', () => drain(store.messages(inbox, upTo(100))));
  await measure('FETCH of 1 record', () => drain(store.messages(inbox, one(7))));
  await measure('COPY of 1', () => store.copy(inbox, one(1), archive, true));
  await measure('COPY of 100', () => store.copy(inbox, upTo(100), archive, true));
  await measure('MOVE of 1, and what it leaves', () => store.move(inbox, one(9), archive, true));
  await measure('EXPUNGE of 1, and what it leaves', () => store.expunge(inbox, one(1), true));
  await measure(`EXPUNGE of ${most}, and what it leaves`, () => store.expunge(inbox, upTo(most), true));
}

const isConsistent = (input: Record<string, unknown>): boolean => {
  const inBatch = Object.values((input.RequestItems as Record<string, { ConsistentRead?: boolean }> | undefined) ?? {});
  return input.ConsistentRead === true || inBatch.some(({ ConsistentRead }) => ConsistentRead === true);
};

const one = (uid: number): NumberSet => [{ from: uid, to: uid }];
const upTo = (uid: number): NumberSet => [{ from: 1, to: uid }];

async function drain(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of items);
}

const facts = factsOfLetter();

function message(mail: SmallMail): NewMessage {
  const id = newId() as BodyId;
  mail.objects.add(`spool/${id}`);
  const prefix = 'Return-Path: <some.person@news.example.net>\r\n';
  return { body: { id, facts }, prefix, flags: [], internalDate: Date.now(), deliveryKey: `${newId()}/some.account@example.org` };
}

/** A mailbox as years of appends, of flags that change, and of one keyword in ten messages leave it. */
function filled(mail: SmallMail, name: string, count: number): MailboxId {
  const mailbox = mail.mailbox(name);
  const entries = Array.from({ length: count }, (_, i): FlagEntry => {
    const flags = i % 5 === 0 ? 5 : 1;
    return {
      uid: i + 1,
      flags,
      keywords: i % 10 === 0 ? '$Work' : '',
      modseq: 2 + i + (i % 7) * 1_000,
      size: 3_000 + ((i * 7_919) % 90_000),
    };
  });
  const packed = packFacts(facts);
  for (const { uid, size } of entries) {
    const [body, owner] = [`m${newId()}` as BodyId, newId()];
    const prefix = 'Return-Path: <some.person@news.example.net>\r\n';
    const bodySize = size - prefix.length;
    mail.dynamo.put(
      recordItem(mailbox, {
        uid,
        body,
        owner,
        prefix,
        internalDate: 1_795_000_000_000 + uid,
        savedAt: 1_795_000_000_000 + uid,
        bodySize,
        facts: packed,
      }),
    );
    mail.dynamo.put(ownerKey(body, owner));
    mail.objects.add(`mail/${body.slice(1)}`);
  }
  for (let number = 0; number <= blockOf(count); number += 1) {
    const inBlock = entries.slice(Math.max(0, number * blockSize - 1), (number + 1) * blockSize - 1);
    if (inBlock.length > 0) mail.dynamo.put(blockItem(mailbox, { number, version: 1, entries: inBlock }));
  }
  const size = entries.reduce((sum, entry) => sum + entry.size, 0);
  const numbers = { version: 1, uidNext: count + 1, highestModseq: count + 10_000, messages: count, unseen: 0, deleted: 0, size };
  mail.dynamo.put({
    ...newMailboxRow({ id: mailbox, uidValidity: 1_795_000_000 }),
    ...rowAttributes({ ...numbers, recent: 0, recentFrom: count + 1, firstBlock: 0 }),
  });
  return mailbox;
}

/** Of a message as people get them: text and HTML, a picture, names in its header. */
function factsOfLetter(): MessageFacts {
  const parser = messageFacts();
  parser.write(
    Buffer.from(
      [
        'From: "Some Person of the News" <some.person@news.example.net>',
        'To: Some Account <some.account@example.org>, Another One <another.one@example.org>',
        'Subject: =?utf-8?Q?What_is_new_this_week=3A_ten_things_that_you_should_know?=',
        'Date: Thu, 26 Nov 2026 09:12:44 +0000',
        'Message-ID: <CAF1aGq0w2b1Zr3mS7T8uXyZ-abcdefghijklmnopqrstuv@news.example.net>',
        'In-Reply-To: <20261125091244.GA12345@mail.example.org>',
        'MIME-Version: 1.0',
        'Content-Type: multipart/mixed; boundary="=_outer_5f3a9c"',
        '',
        '--=_outer_5f3a9c',
        'Content-Type: multipart/alternative; boundary="=_inner_77ab01"',
        '',
        '--=_inner_77ab01',
        'Content-Type: text/plain; charset=utf-8',
        'Content-Transfer-Encoding: quoted-printable',
        '',
        'Hello,',
        '--=_inner_77ab01',
        'Content-Type: text/html; charset=utf-8',
        'Content-Transfer-Encoding: quoted-printable',
        '',
        '<p>Hello,</p>',
        '--=_inner_77ab01--',
        '--=_outer_5f3a9c',
        'Content-Type: image/jpeg; name="picture.jpg"',
        'Content-Disposition: attachment; filename="picture.jpg"',
        'Content-Transfer-Encoding: base64',
        '',
        'AAAA',
        '--=_outer_5f3a9c--',
        '',
      ].join('\r\n'),
    ),
  );
  return parser.end();
}
