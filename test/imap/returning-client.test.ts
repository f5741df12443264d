import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import type { Client } from '../harness/client.ts';
import { append, ask, message, type OpenImap, openImap } from './open-imap.ts';
import { type Comeback, inOrder, ReturningClient } from './returning-client.ts';

const howBack: fc.Arbitrary<Comeback> = fc.record({ knownUids: fc.boolean(), everyNth: fc.constantFrom(0, 1, 2, 3) });

/** Something others do, with a message they pick by `n`. */
const others = fc.record({ do: fc.constantFrom('append', 'append', 'flag', 'unflag', 'expunge', 'expunge', 'move'), n: fc.nat(20) });
/** Something the client does while it is there. */
const own = fc.record({
  do: fc.constantFrom('NOOP', 'IDLE', 'FETCH', 'STORE', 'SILENT', 'SEARCH', 'EXPUNGE', 'MOVE', 'FETCH-NEW', 'CHANGEDSINCE'),
  n: fc.nat(20),
});
const deed = fc.oneof(
  { weight: 4, arbitrary: fc.record({ who: fc.constant('others' as const), of: others }) },
  { weight: 4, arbitrary: fc.record({ who: fc.constant('own' as const), of: own }) },
  { weight: 2, arbitrary: fc.record({ who: fc.constant('both' as const), theirs: others, mine: own }) },
  { weight: 2, arbitrary: fc.record({ who: fc.constant('lost' as const), within: fc.constantFrom(undefined, 'EXPUNGE', 'NOOP', 'FETCH 1:* (FLAGS)'), meanwhile: fc.array(others, { maxLength: 4 }), how: howBack }) }, // biome-ignore format: one kind of deed
);
type Deed = typeof deed extends fc.Arbitrary<infer D> ? D : never;

describe('a client that comes back by QRESYNC', () => {
  let edge: OpenImap;
  let laptop: Client;
  let mailboxes = 0;
  before(async () => {
    edge = await openImap();
    laptop = await edge.logIn('laptop');
    await ask(laptop, 'l CREATE Elsewhere');
  });
  after(() => edge.close());

  it('knows in the end what one who fetches everything is told, whenever its connection was lost and whatever others did meanwhile', () =>
    fc.assert(
      fc.asyncProperty(fc.array(deed, { minLength: 5, maxLength: 25 }), howBack, async (deeds, how) => {
        const mailbox = `Box${++mailboxes}`;
        await ask(laptop, `l CREATE ${mailbox}`);
        await ask(laptop, `l SELECT ${mailbox}`);
        for (let i = 0; i < 6; i++) await append(laptop, mailbox, message(`first-${i}`));
        const phone = new ReturningClient(mailbox);
        await phone.comeBack(await edge.logIn('phone'), how);
        for (const one of deeds) await happen(one, phone, mailbox);
        phone.vanish();
        await phone.comeBack(await edge.logIn('phone'), how);
        if (phone.exists > 0) await phone.ask('FETCH 1:* (UID)'); // its numbers are right too
        phone.vanish();
        assert.deepEqual(new Map([...phone.kept.messages].sort(([a], [b]) => a - b)), await everything());
        assert.deepEqual(edge.failures, []);
      }),
      { numRuns: 30, endOnFailure: true },
    ));

  it('hears of what goes while it is being told what went before as what goes from there on, so that its numbers stay right', async () => {
    await ask(laptop, 'l CREATE Busy');
    for (const subject of ['one', 'two', 'three']) await append(laptop, 'Busy', message(subject));
    const phone = await edge.logIn('phone');
    await ask(phone, 'p ENABLE QRESYNC');
    const selected = (await ask(phone, 'p SELECT Busy')).join('\n');
    const [, validity, modseq] = /UIDVALIDITY (\d+).*HIGHESTMODSEQ (\d+)/s.exec(selected) ?? [];
    await ask(laptop, 'l SELECT Busy');
    await ask(laptop, 'l STORE 1:2 +FLAGS.SILENT (\\Deleted)');
    await ask(laptop, 'l UID EXPUNGE 1');
    const { mailboxes } = edge.world;
    const { contents } = mailboxes;
    mailboxes.contents = async (mailbox) => {
      const found = await contents(mailbox);
      await mailboxes.expunge(mailbox, [{ from: 2, to: 2 }]);
      return found;
    };
    try {
      const told = await ask(phone, `p SELECT Busy (QRESYNC (${validity} ${modseq}))`);
      assert.ok(told.includes('* 2 EXISTS'));
      assert.deepEqual(
        told.filter((line) => line.includes('VANISHED')),
        ['* VANISHED (EARLIER) 1'],
      );
    } finally {
      mailboxes.contents = contents;
    }
    const news = await ask(phone, 'p NOOP');
    assert.ok(news.includes('* VANISHED 2'));
    assert.ok((await ask(phone, 'p FETCH 1 (UID)')).includes('* 1 FETCH (UID 3)'));
  });

  async function happen(one: Deed, phone: ReturningClient, mailbox: string): Promise<void> {
    if (one.who === 'others') await theirs(one.of, mailbox);
    else if (one.who === 'own') await mine(one.of, phone);
    else if (one.who === 'both') await Promise.all([theirs(one.theirs, mailbox), mine(one.mine, phone)]);
    else {
      phone.vanish(one.within);
      for (const other of one.meanwhile) await theirs(other, mailbox);
      await phone.comeBack(await edge.logIn('phone'), one.how);
    }
  }

  async function theirs(what: { readonly do: string; readonly n: number }, mailbox: string): Promise<void> {
    const { n } = what;
    if (what.do === 'append') await append(laptop, mailbox, message(`more-${n}`));
    else if (what.do === 'flag') await ask(laptop, `l UID STORE ${n}:${n + 2} +FLAGS.SILENT (\\Flagged k${n % 2})`);
    else if (what.do === 'unflag') await ask(laptop, `l UID STORE ${n}:${n + 4} -FLAGS.SILENT (\\Flagged \\Deleted mine)`);
    else if (what.do === 'move') await ask(laptop, `l UID MOVE ${n + 1} Elsewhere`);
    else {
      await ask(laptop, `l UID STORE ${n + 1}:${n + 2} +FLAGS.SILENT (\\Deleted)`);
      await ask(laptop, 'l EXPUNGE');
    }
  }

  async function mine(what: { readonly do: string; readonly n: number }, phone: ReturningClient): Promise<void> {
    const msn = 1 + (what.n % Math.max(1, phone.exists));
    const uid = [...phone.kept.messages.keys()][what.n % Math.max(1, phone.kept.messages.size)];
    const there = phone.exists > 0 && uid !== undefined;
    if (what.do === 'IDLE') await phone.idleOnce();
    else if (what.do === 'EXPUNGE') await phone.ask('EXPUNGE');
    else if (what.do === 'FETCH-NEW') await phone.fetchNew();
    else if (what.do === 'CHANGEDSINCE') await phone.ask(`UID FETCH 1:* (FLAGS) (CHANGEDSINCE ${phone.kept.modseq} VANISHED)`);
    else if (what.do === 'FETCH' && there) await phone.ask(`FETCH ${msn} (UID FLAGS MODSEQ)`);
    else if (what.do === 'STORE' && there) await phone.ask(`STORE ${msn} +FLAGS (\\Deleted mine)`);
    else if (what.do === 'SEARCH' && there) await phone.ask(`SEARCH ${msn} UNSEEN`);
    else if (what.do === 'MOVE' && there) await phone.ask(`UID MOVE ${uid} Elsewhere`);
    else if (what.do === 'SILENT' && there) await phone.ask(`UID STORE ${uid} +FLAGS.SILENT (mine)`, () => storedSilently(phone, uid));
    else await phone.ask('NOOP');
  }

  function storedSilently({ kept }: ReturningClient, uid: number): void {
    const flags = kept.messages.get(uid)?.split(' ') ?? [];
    if (!flags.includes('mine')) kept.messages.set(uid, inOrder([...flags, 'mine'].join(' ')));
  }

  /** What a client that knows nothing is told. */
  async function everything(): Promise<ReadonlyMap<number, string>> {
    const lines = await ask(laptop, 'l UID FETCH 1:* (FLAGS)');
    return new Map(
      lines.flatMap((line) => {
        const [, uid, flags] = /^\* \d+ FETCH \(UID (\d+) FLAGS \(([^)]*)\)\)/.exec(line) ?? [];
        return uid === undefined || flags === undefined ? [] : [[Number(uid), inOrder(flags)]];
      }),
    );
  }
});
