import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { emptyAcl } from '../../core/accounts/acl.ts';
import type { Annotation } from '../../core/mailbox/annotations.ts';
import type { Mailbox, MailboxEntry, MailboxStatus } from '../../core/mailbox/mailbox-store.ts';
import { type OpenedMailbox, SelectedMailbox } from '../../core/mailbox/selected-mailbox.ts';
import { imapSettings } from '../../core/settings/listeners.ts';
import type { LiveSettings } from '../../core/settings/live-settings.ts';
import type { AccountId } from '../../core/values/address.ts';
import type { MailboxId } from '../../core/values/ids.ts';
import type { Modseq, Uid } from '../../core/values/uid.ts';
import { Notices } from '../../listeners/imap/notify/notices.ts';
import { Responses } from '../../listeners/imap/responses.ts';
import type { Authenticated, Selected } from '../../listeners/imap/state.ts';
import { nothingAgreed } from '../../listeners/imap/wire/agreed.ts';
import type { NotifyGroup } from '../../listeners/imap/wire/command.ts';
import { VirtualClock } from '../slots/virtual-clock.ts';

const alice = 'alice@example.org' as AccountId;
const state: Authenticated = { at: 'authenticated', account: alice, agreed: nothingAgreed };

const nothingIn: OpenedMailbox = { uids: new Uint32Array(0), uidNext: 1 as Uid, highestModseq: 1n as Modseq, recent: [] };

/** An account whose mailboxes change in memory, and a client that reads only when it is told to. */
class Place {
  readonly clock = new VirtualClock();
  readonly messages = new Map<MailboxId, number>();
  readonly written: string[] = [];
  readonly annotations: Annotation[] = [];
  entries: MailboxEntry[] = [];
  /** How many mailboxes the store was asked about, request by request. */
  readonly asked: number[] = [];
  lists = 0;
  interrupts = 0;
  isDown = false;
  most = 1_000;
  readonly #heard = new Map<string, Set<() => void>>();
  #read: (() => void) | undefined;
  reads = true;

  readonly notices = new Notices({
    clock: this.clock,
    connection: { interrupt: () => void this.interrupts++ },
    settings: { get: (setting: unknown) => (setting === imapSettings.notifyMailboxes ? this.most : false) } as LiveSettings,
    annotations: { read: async (sets) => sets.map(() => [...this.annotations]), write: async () => 'written' },
    changes: {
      watch: (mailbox, heard) => this.#watch(mailbox, heard),
      watchNames: (whose, heard) => this.#watch(whose, heard),
    },
    mailboxes: {
      list: async () => {
        this.lists += 1;
        return this.entries;
      },
      sharers: async () => [],
      acl: async () => emptyAcl,
      statuses: async (ids) => {
        if (this.isDown) throw new Error('the store does not answer');
        this.asked.push(ids.length);
        return new Map(ids.map((id) => [id, this.#status(id)]));
      },
    },
  });
  readonly out = new Responses({
    write: (text) => {
      this.written.push(String(text));
      return this.reads ? undefined : new Promise<void>((resolve) => (this.#read = resolve));
    },
  });

  mailbox(name: string): void {
    const mailbox: Mailbox = { id: name as MailboxId, account: alice, name, uidValidity: 1 };
    this.entries.push({ name, mailbox, subscribed: false });
    this.messages.set(mailbox.id, 0);
  }

  arrives(name: string): void {
    this.messages.set(name as MailboxId, (this.messages.get(name as MailboxId) ?? 0) + 1);
    this.hint(name);
  }

  hint(what: string): void {
    for (const heard of this.#heard.get(what) ?? []) heard();
  }

  get watched(): readonly string[] {
    return [...this.#heard].flatMap(([what, heard]) => (heard.size > 0 ? [what] : []));
  }

  readOn(): void {
    this.reads = true;
    this.#read?.();
  }

  async ask(...groups: readonly NotifyGroup[]): Promise<boolean> {
    return await this.notices.ask(groups, false, state, this.out);
  }

  /** As the session's loop does it. */
  async tell(): Promise<readonly string[]> {
    this.written.length = 0;
    await this.notices.tellOthers(state, this.out);
    await this.out.flush();
    return this.written.join('').split('\r\n').slice(0, -1);
  }

  #watch(what: string, heard: () => void): () => void {
    const all = this.#heard.get(what) ?? new Set();
    this.#heard.set(what, all);
    all.add(heard);
    return () => void all.delete(heard);
  }

  #status(id: MailboxId): MailboxStatus {
    const messages = this.messages.get(id) ?? 0;
    const none = { unseen: 0, deleted: 0, size: 0, recent: 0 };
    return { ...none, messages, uidNext: (messages + 1) as Uid, highestModseq: BigInt(messages + 1) as Modseq };
  }
}

const personal = (...events: NotifyGroup['events'] extends ReadonlySet<infer E> ? E[] : never): NotifyGroup => ({
  where: { of: 'personal' },
  events: new Set(events),
  items: [],
});

function full(count: number): Place {
  const place = new Place();
  for (let i = 0; i < count; i++) place.mailbox(`m${i}`);
  return place;
}

describe('what waits for a client that does not read', () => {
  it('is one mark for each mailbox, however much happens, and the last counts once it reads', async () => {
    const place = full(100);
    assert.ok(await place.ask(personal('MessageNew', 'MessageExpunge')));
    place.asked.length = 0;
    place.arrives('m0');
    place.reads = false;
    const telling = place.tell();
    await nextTurn();
    for (let i = 0; i < 100_000; i++) place.arrives(`m${i % 100}`);
    await place.clock.advance(60_000);
    assert.deepEqual(place.asked, [1], 'the store is not asked for what nobody reads');
    place.readOn();
    assert.equal((await telling).length, 1);
    const lines = await place.tell();
    assert.equal(lines.length, 100);
    assert.ok(lines.includes('* STATUS m0 (MESSAGES 1001 UIDNEXT 1002 UIDVALIDITY 1)'));
    assert.deepEqual(place.asked, [1, 100]);
  });

  it('is a look a second at most, for one that reads too, and its last is not forgotten', async () => {
    const place = full(3);
    await place.ask(personal('MessageNew', 'MessageExpunge'));
    place.asked.length = 0;
    for (let i = 0; i < 505; i++) {
      place.arrives('m1');
      await place.tell();
      await place.clock.advance(10);
    }
    assert.ok(place.asked.length <= 6, `${place.asked.length} looks in five seconds`);
    place.interrupts = 0;
    await place.clock.advance(1_001);
    assert.equal(place.interrupts, 1, 'the session wakes by itself for what had to wait');
    assert.deepEqual(await place.tell(), ['* STATUS m1 (MESSAGES 505 UIDNEXT 506 UIDVALIDITY 1)']);
    assert.deepEqual(await place.tell(), []);
  });
});

describe('what is too much for one session', () => {
  it('are more mailboxes than the setting says: the command is refused, and nothing of it is watched', async () => {
    const place = full(11);
    place.most = 10;
    assert.equal(await place.ask(personal('MessageNew', 'MessageExpunge')), false);
    assert.deepEqual(place.watched, []);
    assert.equal(place.notices.areAsked, false);
  });

  it('are a thousand names that change at once: it is told so, and nothing more', async () => {
    const place = full(1);
    await place.ask(personal('MailboxName'));
    place.entries = [...full(1_002).entries];
    place.hint(alice);
    assert.deepEqual(await place.tell(), ['* OK [NOTIFICATIONOVERFLOW] There is too much to tell, and nothing more will be told']);
    assert.deepEqual(place.watched, []);
    assert.equal(place.notices.open, 'nothing');
  });

  it('are more annotations than it can keep in mind', async () => {
    const place = full(60);
    for (let i = 0; i < 50; i++) place.annotations.push({ name: `/vendor/a/${i}`, value: 'x' });
    assert.equal(await place.ask(personal('MailboxMetadataChange')), false);
    assert.deepEqual(place.watched, []);
  });
});

describe('what a session has asked to hear of', () => {
  it('is watched no more once it ends, or asks for something else', async () => {
    const place = full(3);
    await place.ask(personal('MessageNew', 'MessageExpunge'));
    assert.deepEqual([...place.watched].sort(), [alice, 'm0', 'm1', 'm2']);
    await place.ask({ where: { of: 'mailboxes', names: ['m2'] }, events: new Set(['MessageNew', 'MessageExpunge']), items: [] });
    assert.deepEqual([...place.watched].sort(), [alice, 'm2']);
    place.notices.clear();
    assert.deepEqual(place.watched, []);
  });

  it('is told later when the store does not answer, and is not asked for at once again', async () => {
    const place = full(2);
    await place.ask(personal('MessageNew', 'MessageExpunge'));
    place.isDown = true;
    place.arrives('m1');
    await assert.rejects(place.tell());
    place.notices.again(15_000);
    place.isDown = false;
    place.asked.length = 0;
    await place.clock.advance(14_000);
    assert.deepEqual(await place.tell(), []);
    assert.deepEqual(place.asked, []);
    place.interrupts = 0;
    await place.clock.advance(1_001);
    assert.equal(place.interrupts, 1);
    assert.deepEqual(await place.tell(), ['* STATUS m1 (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 1)']);
  });

  it('has the open mailbox watched only where something of it is to be told', async () => {
    const place = full(2);
    const open = {
      ...state,
      at: 'selected',
      mailbox: place.entries[0]?.mailbox,
      view: new SelectedMailbox(nothingIn),
    } as unknown as Selected;
    await place.ask(personal('MailboxName'));
    place.notices.attend(open);
    assert.deepEqual(place.watched, [alice]);
    await place.ask({ where: { of: 'selected', delayed: false }, events: new Set(['MessageNew', 'MessageExpunge']), items: [] });
    place.notices.attend(open);
    assert.deepEqual(place.watched, ['m0']);
    assert.ok(place.notices.takeOpen(), 'what came before the watch began');
    place.notices.attend(open);
    assert.ok(!place.notices.takeOpen());
    place.hint('m0');
    assert.ok(place.notices.takeOpen());
    place.notices.attend(state);
    assert.deepEqual(place.watched, []);
  });

  it('costs nothing while nothing happens', async () => {
    const place = full(5);
    await place.ask(personal('MessageNew', 'MessageExpunge', 'MailboxName'));
    const before = [place.asked.length, place.lists];
    await place.clock.advance(24 * 3_600_000);
    await place.tell();
    assert.deepEqual([place.asked.length, place.lists], before);
  });
});
