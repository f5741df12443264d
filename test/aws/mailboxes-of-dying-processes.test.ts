import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deleted, seen } from '../../core/values/flags.ts';
import type { MailboxId } from '../../core/values/ids.ts';
import type { NumberSet } from '../../core/values/number-set.ts';
import type { Uid } from '../../core/values/uid.ts';
import type { Messages } from '../../platform/aws/mailboxes/messages.ts';
import type { Fate } from './small-dynamo.ts';
import { SmallMail } from './small-mail.ts';

const all: NumberSet = [{ from: 1, to: 0xffff_ffff }];

interface Scene {
  readonly mail: SmallMail;
  readonly inbox: MailboxId;
  readonly archive: MailboxId;
}

interface Deed {
  readonly name: string;
  /** Messages that are in INBOX before. */
  readonly before: number;
  /** UIDs in INBOX and Archive afterwards. */
  readonly after: readonly [inbox: number, archive: number];
  prepare?(scene: Scene): unknown;
  do(store: Messages['store'], scene: Scene, prepared: never): Promise<unknown>;
}

const many = 60; // more than one transaction takes

/** Each is all or nothing, for whoever looks in between too. */
const deeds: readonly Deed[] = [
  {
    name: 'an append',
    before: 1,
    after: [2, 0],
    prepare: ({ mail }) => [mail.message('new', { deliveryKey: 'k' })],
    do: (store, { inbox }, messages) => store.append(inbox, messages),
  },
  {
    name: 'an append of many',
    before: 3,
    after: [3 + many, 0],
    prepare: ({ mail }) => {
      const one = mail.message('many');
      return Array.from({ length: many }, () => one);
    },
    do: (store, { inbox }, messages) => store.append(inbox, messages),
  },
  { name: 'a copy', before: 3, after: [3, 3], do: (store, { inbox, archive }) => store.copy(inbox, all, archive, true) },
  { name: 'a copy of many', before: many, after: [many, many], do: (store, { inbox, archive }) => store.copy(inbox, all, archive, true) },
  { name: 'a move', before: 3, after: [0, 3], do: (store, { inbox, archive }) => store.move(inbox, all, archive, true) },
  { name: 'a move of many', before: many, after: [0, many], do: (store, { inbox, archive }) => store.move(inbox, all, archive, true) },
  {
    name: 'a replacement in one mailbox',
    before: 3,
    after: [3, 0],
    prepare: ({ mail }) => mail.message('newer'),
    do: (store, { inbox }, message) => store.replace(inbox, 2 as Uid, inbox, message),
  },
  {
    name: 'a replacement by a message in another',
    before: 3,
    after: [2, 1],
    prepare: ({ mail }) => mail.message('newer'),
    do: (store, { inbox, archive }, message) => store.replace(inbox, 2 as Uid, archive, message),
  },
  { name: 'an expunge', before: 3, after: [0, 0], do: (store, { inbox }) => store.expunge(inbox, all, true) },
  {
    name: 'a change of flags',
    before: 3,
    after: [3, 0],
    do: (store, { inbox }) => store.changeFlags(inbox, all, { how: 'add', flags: [seen, deleted] }),
  },
];

async function sceneOf({ before }: Deed): Promise<Scene> {
  const mail = new SmallMail();
  const scene = { mail, inbox: mail.mailbox('inbox'), archive: mail.mailbox('archive') };
  await mail.process().store.append(scene.inbox, mail.messages(before));
  return scene;
}

const countsOf = async ({ mail, inbox, archive }: Scene): Promise<string> => {
  const { store } = mail.process();
  return JSON.stringify([(await store.snapshot(inbox)).rows.length, (await store.snapshot(archive)).rows.length]);
};

/** Does it in a process that dies at its `nth` request. @returns whether it came to its end before */
async function diesAt(nth: number, how: 'lost' | 'unanswered', deed: Deed): Promise<boolean> {
  const scene = await sceneOf(deed);
  const prepared = deed.prepare?.(scene) as never;
  let requests = 0;
  const fate = (): Fate => {
    requests += 1;
    return requests < nth ? 'well' : requests === nth ? how : 'lost';
  };
  const process = scene.mail.process({ fate });
  const isDone = await deed.do(process.store, scene, prepared).then(
    () => true,
    () => false,
  );
  const { mail, inbox, archive } = scene;
  const found = await countsOf(scene);
  const [untouched, done] = [JSON.stringify([deed.before, 0]), JSON.stringify(deed.after)];
  assert.ok(found === done || (!isDone && found === untouched), `request ${nth} ${how}: ${found}`);
  await mail.assertSound([inbox, archive]);
  mail.ahead += 60_000; // what it held is free again
  const { store } = mail.process();
  await store.append(inbox, mail.messages(1));
  await store.append(archive, mail.messages(1));
  await mail.assertNothingLeftOver([inbox, archive]);
  return isDone && requests < nth;
}

describe('mailboxes on DynamoDB, when a process dies', () => {
  for (const deed of deeds) {
    for (const how of ['lost', 'unanswered'] as const) {
      it(`in the midst of ${deed.name}, its last request ${how}: it is done or not, nothing is lost, and nothing is left a day later`, async () => {
        let nth = 1;
        while (!(await diesAt(nth, how, deed))) nth += 1;
        assert.ok(nth > 3, `${nth} requests`);
      });
    }
  }
});

/** Does it in a process that stands still before its `nth` request, until its hold is over and others have added messages. @returns whether it came to its end before */
async function standsStillAt(nth: number, deed: Deed): Promise<boolean> {
  const scene = await sceneOf(deed);
  const { mail, inbox, archive } = scene;
  const prepared = deed.prepare?.(scene) as never;
  let requests = 0;
  const stood = Promise.withResolvers<void>();
  const goesOn = Promise.withResolvers<void>();
  const before = async (): Promise<void> => {
    requests += 1;
    if (requests !== nth) return;
    stood.resolve();
    await goesOn.promise;
  };
  const done = deed.do(mail.process({ before }).store, scene, prepared);
  await Promise.race([stood.promise, done]);
  mail.ahead += 60_000;
  const { store } = mail.process();
  for (const mailbox of [inbox, archive]) await store.append(mailbox, mail.messages(2));
  await mail.assertSound([inbox, archive]);
  goesOn.resolve();
  await done;
  const counts = [inbox, archive].map(async (mailbox) => (await store.snapshot(mailbox)).rows.length);
  const [inInbox = 0, inArchive = 0] = await Promise.all(counts);
  const more = inInbox + inArchive - deed.after[0] - deed.after[1];
  // Two were added to each; a copy that had not looked yet copied those of INBOX along.
  assert.ok(more === 4 || (more === 6 && deed.name.includes('copy')), `request ${nth}: ${inInbox} and ${inArchive}`);
  await mail.assertNothingLeftOver([inbox, archive]);
  return requests < nth;
}

describe('mailboxes on DynamoDB, when a process stands still', () => {
  for (const deed of deeds.filter(({ name }) => name.includes('many'))) {
    it(`in the midst of ${deed.name} for longer than its hold lasts: it does it all the same, and takes no UID that others have`, async () => {
      let nth = 1;
      while (!(await standsStillAt(nth, deed))) nth += 1;
      assert.ok(nth > 3, `${nth} requests`);
    });
  }
});
