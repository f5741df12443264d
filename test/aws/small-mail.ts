import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { NoSuchKey } from '@aws-sdk/client-s3';
import type { NewMessage } from '../../core/mailbox/mailbox-store.ts';
import type { Clock } from '../../core/values/clock.ts';
import { seen } from '../../core/values/flags.ts';
import type { BodyId, MailboxId } from '../../core/values/ids.ts';
import type { MessageFacts } from '../../core/values/message-facts.ts';
import { newMailboxRow } from '../../platform/aws/mailboxes/mailbox-row.ts';
import { type Messages, openMessages } from '../../platform/aws/mailboxes/messages.ts';
import { purgeDoomed } from '../../platform/aws/mailboxes/purge.ts';
import { dynamoMailboxWatchers } from '../../platform/aws/mailboxes/watching.ts';
import { MailBodies, type MailBodiesDeps } from '../../platform/aws/s3/mail-bodies.ts';
import type { ChangeTeller, MailboxWatchers } from '../../platform/aws/talk/watchers.ts';
import { systemNewId } from '../../platform/node/new-id.ts';
import { type Fate, SmallDynamo } from './small-dynamo.ts';

const day = 86_400_000; // ms

export interface ProcessOptions {
  /** Asked for each request of the process, to DynamoDB and to S3. */
  readonly fate?: (asked: AnyAsked) => Fate;
  readonly teller?: ChangeTeller;
  /** Waited for before each request to DynamoDB. */
  readonly before?: () => Promise<unknown>;
}

/** A table of mail and a bucket in memory, that several processes reach. */
export class SmallMail {
  readonly dynamo = new SmallDynamo();
  /** Names of objects. */
  readonly objects = new Set<string>();
  /** ms that were jumped over: nobody waits for leases. */
  ahead = 0;
  readonly #newId = systemNewId();
  readonly clock: Clock = {
    now: () => Date.now() + this.ahead,
    monotonic: () => performance.now() + this.ahead,
    sleep: () => nextTurn(),
  };

  mailbox(name: string): MailboxId {
    const id = name as MailboxId;
    this.dynamo.put(newMailboxRow({ id, uidValidity: 1 }));
    return id;
  }

  process({ fate = () => 'well', before, teller }: ProcessOptions = {}): Messages {
    return openMessages({ ...this.#deps(fate, before), newId: this.#newId, teller });
  }

  watchers(): MailboxWatchers {
    return dynamoMailboxWatchers({ client: this.dynamo.client(), table: 'mail', clock: this.clock });
  }

  /** @param deadline ms since the epoch. @returns as purgeDoomed */
  purge(deadline = Number.POSITIVE_INFINITY): Promise<boolean> {
    return purgeDoomed(
      this.#deps(() => 'well'),
      deadline,
    );
  }

  /** A message whose body was staged. */
  message(subject: string, more: Partial<NewMessage> = {}): NewMessage {
    const id = this.#newId() as BodyId;
    this.objects.add(`spool/${id}`);
    return { body: { id, facts: factsOf(subject) }, prefix: '', flags: [], internalDate: 1000, ...more };
  }

  messages(count: number): readonly NewMessage[] {
    return Array.from({ length: count }, (_, i) => this.message(`no. ${i}`));
  }

  #deps(fate: (asked: AnyAsked) => Fate, before?: () => Promise<unknown>) {
    const client = { send: (command: S3Command) => this.#s3(command, fate) } as unknown as MailBodiesDeps['client'];
    return {
      client: this.dynamo.client(fate, before),
      table: 'mail',
      bodies: new MailBodies({ client, bucket: 'bucket' }),
      clock: this.clock,
    };
  }

  async #s3({ input, constructor: { name } }: S3Command, fate: (asked: AnyAsked) => Fate): Promise<unknown> {
    const asked = { operation: name.replace(/Command$/, ''), input };
    await nextTurn();
    const what = fate(asked);
    if (what === 'lost') throw new Error('the request was lost');
    if (asked.operation === 'DeleteObjects') {
      for (const { Key } of (input.Delete as { readonly Objects: readonly { readonly Key: string }[] }).Objects) this.objects.delete(Key);
    } else if (asked.operation === 'CopyObject') {
      const source = String(input.CopySource).slice('bucket/'.length);
      if (!this.objects.has(source)) throw missing();
      this.objects.add(String(input.Key));
    } else if (asked.operation === 'PutObject') this.objects.add(String(input.Key));
    else throw new Error(`no operation ${asked.operation} here`);
    if (what === 'unanswered') throw new Error('the answer was lost');
    return {};
  }

  /** What must be true at any moment: whatever is told is there, and the counts say what is told. */
  async assertSound(mailboxes: readonly MailboxId[]): Promise<void> {
    const { store } = this.process();
    for (const mailbox of mailboxes) {
      const [{ rows }, status, sizes] = [await store.snapshot(mailbox), await store.status(mailbox), await store.sizes(mailbox)];
      const count = (flag: string): number => rows.filter(({ flags }) => (flags as readonly string[]).includes(flag)).length;
      const size = sizes.reduce((sum, one) => sum + one.size, 0);
      assert.deepEqual(
        [status.messages, status.unseen, status.deleted, status.size],
        [rows.length, rows.length - count('\\Seen'), count('\\Deleted'), size],
      );
      const { uids: told, ...found } = await store.contents(mailbox);
      assert.deepEqual([[...told], found.firstUnseen], [rows.map(({ uid }) => uid), rows.find(({ flags }) => !flags.includes(seen))?.uid]);
      const uids: number[] = [];
      for await (const { uid, body } of store.messages(mailbox, [{ from: 1, to: 0xffff_ffff }])) {
        uids.push(uid);
        assert.ok(this.objects.has(`mail/${body.slice(1)}`), `the body of message ${uid} in ${mailbox}`);
      }
      assert.deepEqual(
        uids,
        rows.map(({ uid }) => uid),
        `records of ${mailbox}`,
      );
    }
  }

  /** A day later, when the purge has been at work, nothing is left of what was not brought to its end. */
  async assertNothingLeftOver(mailboxes: readonly MailboxId[]): Promise<void> {
    this.ahead += 2 * day;
    await this.purge();
    await this.assertSound(mailboxes);
    const keys = [...this.dynamo.items].flatMap(([pk, items]) => [...items.keys()].map((sk) => ({ pk, sk })));
    assert.deepEqual(
      keys.filter(({ pk }) => pk.startsWith('open/')),
      [],
      'open notes',
    );
    const records = keys.filter(({ sk }) => sk.startsWith('m/')).map(({ pk, sk }) => this.dynamo.get(pk, sk));
    const owners = keys.filter(({ pk }) => pk.startsWith('o/')).map(({ pk, sk }) => `${pk.slice(2)} ${sk}`);
    assert.deepEqual(owners.sort(), records.map((record) => `${record?.b?.S} ${record?.o?.S}`).sort(), 'owners');
    const bodies = new Set(records.map((record) => `mail/${record?.b?.S?.slice(1)}`));
    const objects = [...this.objects].filter((name) => name.startsWith('mail/'));
    assert.deepEqual(objects.sort(), [...bodies].sort(), 'bodies');
    const { store } = this.process();
    const told = await Promise.all(mailboxes.map((mailbox) => store.snapshot(mailbox)));
    assert.equal(
      records.length,
      told.reduce((sum, { rows }) => sum + rows.length, 0),
      'records',
    );
  }
}

/** A request to DynamoDB or to S3. */
export interface AnyAsked {
  readonly operation: string;
  readonly input: Record<string, unknown>;
}

interface S3Command {
  readonly input: Record<string, unknown>;
  readonly constructor: { readonly name: string };
}

/** As S3 answers for an object that is not there. */
function missing(): Error {
  return new NoSuchKey({ message: 'no such key', $metadata: { httpStatusCode: 404 } });
}

const factsOf = (subject: string): MessageFacts => ({
  size: 100 + subject.length,
  envelope: { subject, from: [], sender: [], replyTo: [], to: [], cc: [], bcc: [] },
  structure: {
    type: 'text',
    subtype: 'plain',
    params: [],
    encoding: '7bit',
    headerStart: 0,
    bodyStart: 50,
    bodyEnd: 100,
    lines: 1,
  },
});
