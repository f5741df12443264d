import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Acl, Identifier } from '../../core/accounts/acl.ts';
import type { Mailbox, MailboxStore, MessageRecord } from '../../core/mailbox/mailbox-store.ts';
import { MailboxGone } from '../../core/mailbox/mailbox-store.ts';
import { SelectedMailbox } from '../../core/mailbox/selected-mailbox.ts';
import { fixedSettings } from '../../core/settings/fixed-settings.ts';
import type { AccountId } from '../../core/values/address.ts';
import type { MailboxId } from '../../core/values/ids.ts';
import type { Modseq, Uid } from '../../core/values/uid.ts';
import { removalThen, rightsThen } from '../../listeners/imap/appending/rights-then.ts';
import { fetch } from '../../listeners/imap/commands/fetch.ts';
import { KnownFlags } from '../../listeners/imap/known-flags.ts';
import { noPermission, noTarget } from '../../listeners/imap/reach-mailbox.ts';
import { Responses } from '../../listeners/imap/responses.ts';
import type { Selected } from '../../listeners/imap/state.ts';
import { nothingAgreed } from '../../listeners/imap/wire/agreed.ts';
import type { FetchItem } from '../../listeners/imap/wire/command.ts';

const alice = 'alice@example.org' as AccountId;
const karen = 'karen@example.org' as AccountId;
const plans = `#users/${alice}/Plans`;
const give = (rights: string): Acl => new Map([[karen as string as Identifier, rights]]);
const rows = Array.from({ length: 10 }, (_, i) => ({ uid: (i + 1) as Uid, flags: [], modseq: 1n as Modseq }));

/** Karen in a mailbox of Alice, whose messages take a second each to be told. */
function opened(account: AccountId = karen) {
  let time = 0;
  let acl = give('lrite');
  let looks = 0;
  const told: string[] = [];
  const mailbox = (): Mailbox => ({ id: 'plans' as MailboxId, account: alice, name: 'Plans', uidValidity: 1, acl });
  const view = new SelectedMailbox({
    uids: Uint32Array.from(rows, ({ uid }) => uid),
    uidNext: 11 as Uid,
    highestModseq: 1n as Modseq,
    recent: [],
    acl,
  });
  const state: Selected = {
    at: 'selected',
    account,
    agreed: nothingAgreed,
    mailbox: mailbox(),
    view,
    rights: new Set(['l', 'r', 'i', 't', 'e']),
    rightsAt: 0,
    examined: false,
    readOnly: false,
    flags: new KnownFlags(),
  };
  const mailboxes = {
    acl: async () => {
      looks += 1;
      return acl;
    },
    find: async () => mailbox(),
    async *messages() {
      for (const row of rows) {
        time += 1_000;
        if (row.uid === 4) acl = give('l');
        yield { ...row, internalDate: 0, size: 3 } as unknown as MessageRecord;
      }
    },
  } as Partial<MailboxStore> as MailboxStore;
  const write = (text: string | Uint8Array): undefined => {
    told.push(
      ...String(text)
        .split('\r\n')
        .filter((line) => line.includes('FETCH')),
    );
  };
  const ports = { mailboxes, settings: fixedSettings(), clock: { monotonic: () => time } as never };
  return {
    state,
    told,
    ports,
    out: new Responses({ write }),
    looks: () => looks,
    later: () => {
      time += 10_000;
    },
    take: (left: string) => {
      acl = give(left);
    },
  };
}

const fetchOf = (items: readonly FetchItem[]) => ({ tag: 'a', verb: 'FETCH', uid: false, set: [{ from: 1, to: 10 }], items }) as const;

describe('rights in a mailbox of somebody else that are taken away while a command runs', () => {
  it('end a FETCH within two seconds', async () => {
    const { state, told, ports, out } = opened();
    const running = fetch(fetchOf([{ item: 'RFC822.SIZE' }]), state, { ...ports, out } as never);
    await assert.rejects(async () => await running, MailboxGone);
    await out.flush();
    assert.ok(told.length >= 3 && told.length <= 6, `${told.length} of 10 were told`);
  });

  it('are not looked for by their owner', async () => {
    const { state, told, ports, out, looks } = opened(alice);
    await fetch(fetchOf([{ item: 'RFC822.SIZE' }]), state, { ...ports, out } as never);
    await out.flush();
    assert.deepEqual([told.length, looks()], [10, 0]);
  });

  it('keep a message out that was long in coming', async () => {
    for (const [left, reply] of [
      ['lr', noPermission],
      ['i', noTarget],
    ] as const) {
      const { state, ports, later, take } = opened();
      const reached = { mailbox: state.mailbox, rights: state.rights, name: plans };
      const rightsNow = rightsThen(plans, reached, state, ports);
      take(left);
      assert.equal(await rightsNow(), state.rights);
      later();
      assert.equal(await rightsNow(), reply);
    }
  });

  it('keep the message in that one was to replace', async () => {
    const { state, ports, later, take } = opened();
    later();
    assert.equal(await removalThen(state, ports), undefined);
    take('lrit');
    assert.equal(await removalThen(state, ports), noPermission);
  });
});
