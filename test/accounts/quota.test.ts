import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Account } from '../../core/accounts/account-directory.ts';
import type { MailboxEntry, MailboxStatus } from '../../core/mailbox/mailbox-store.ts';
import { createQuotas } from '../../core/mailbox/quota.ts';
import { fixedSettings } from '../../core/settings/fixed-settings.ts';
import type { AccountId } from '../../core/values/address.ts';
import type { OwnQuota } from '../../core/values/amount.ts';
import { percentUsed } from '../../listeners/imap/quota-check.ts';

const alice = 'alice@example.org' as AccountId;

/** A store of numbers, a clock that is wound by hand, and how often the store was asked. */
function world(quota: OwnQuota | undefined, settings: Readonly<Record<string, number>> = {}) {
  const state = { used: { size: 0, messages: 0 }, now: 0, asked: 0, quota, changed: (_: AccountId): void => {} };
  const quotas = createQuotas({
    accounts: {
      find: async (id) => (id === alice ? ({ id, ...(state.quota === undefined ? {} : { quota: state.quota }) } as Account) : undefined),
      watch: (changed) => {
        state.changed = changed;
        return () => {};
      },
    },
    mailboxes: {
      list: async () => [{ name: 'INBOX', subscribed: true, mailbox: { id: 'inbox' } } as unknown as MailboxEntry],
      statuses: async () => {
        state.asked += 1;
        return new Map([['inbox' as never, state.used as MailboxStatus]]);
      },
    },
    settings: fixedSettings(settings),
    clock: { monotonic: () => state.now },
  });
  return { state, quotas };
}

const octets = (n: number) => ({ octets: n, messages: 1 });

describe('room in a quota', () => {
  it('is there up to the last octet and message', async () => {
    const { state, quotas } = world({ octets: 100, messages: 3 });
    state.used = { size: 60, messages: 1 };
    assert.equal((await quotas.ask(alice, octets(40)))?.fits, true);
    assert.equal((await quotas.ask(alice, octets(41)))?.fits, false);
    assert.equal((await quotas.ask(alice, { octets: 1, messages: 2 }))?.fits, true);
    assert.equal((await quotas.ask(alice, { octets: 1, messages: 3 }))?.fits, false);
  });

  it('costs no look at mailboxes where nothing is limited', async () => {
    const { state, quotas } = world(undefined);
    assert.equal(await quotas.ask(alice, octets(1e12)), undefined);
    assert.equal(await quotas.read(alice), undefined);
    assert.equal(state.asked, 0);
  });

  it('goes by the settings, unless the account has a quota of its own, which may be none', async () => {
    const settings = { 'mailbox/quota': 1000, 'mailbox/quota-messages': 5 };
    assert.deepEqual((await world(undefined, settings).quotas.read(alice))?.limit, { octets: 1000, messages: 5 });
    assert.deepEqual((await world({ octets: 7 }, settings).quotas.read(alice))?.limit, { octets: 7, messages: 5 });
    assert.equal(await world({ octets: 0, messages: 0 }, settings).quotas.read(alice), undefined);
  });

  it('is remembered for five seconds, with what was let in meanwhile', async () => {
    const { state, quotas } = world({ octets: 100 });
    await quotas.ask(alice, octets(60));
    quotas.note(alice, octets(60));
    assert.equal((await quotas.ask(alice, octets(40)))?.fits, true);
    assert.equal(state.asked, 1);
    state.used = { size: 90, messages: 2 };
    state.now = 5_000;
    assert.equal((await quotas.ask(alice, octets(40)))?.fits, false);
    assert.equal(state.asked, 2);
  });

  it('is looked for again before anybody is refused by what is remembered', async () => {
    const { state, quotas } = world({ octets: 100 });
    state.used = { size: 100, messages: 1 };
    await quotas.ask(alice, octets(0));
    state.used = { size: 0, messages: 0 }; // another client made room
    assert.equal((await quotas.ask(alice, octets(50)))?.fits, true);
  });

  it('is not looked for again for who is only put off, however often they ask', async () => {
    const { state, quotas } = world({ octets: 100 });
    state.used = { size: 100, messages: 1 };
    for (let i = 0; i < 50; i++) assert.equal((await quotas.ask(alice, octets(1), false))?.fits, false);
    assert.equal(state.asked, 1);
    state.used = { size: 0, messages: 0 };
    state.now = 5_000;
    assert.equal((await quotas.ask(alice, octets(1), false))?.fits, true);
  });

  it('of an account that is made anew has nothing of the old one', async () => {
    const { state, quotas } = world({ octets: 100 });
    await quotas.ask(alice, octets(10));
    quotas.note(alice, octets(10));
    state.changed(alice);
    assert.equal((await quotas.ask(alice, octets(100)))?.fits, true);
  });
});

describe('percent of a quota', () => {
  it('are those of what is used up most', () => {
    assert.equal(percentUsed({ limit: { octets: 100, messages: 10 }, usage: { octets: 50, messages: 9 } }), 90);
    assert.equal(percentUsed({ limit: { octets: 100, messages: 0 }, usage: { octets: 99, messages: 9000 } }), 99);
  });
});
