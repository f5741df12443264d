import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { bounceRow, type SettleDeps, settleAnswered, settleUnreached, settleUntried } from '../../core/delivery/settle-row.ts';
import type { NewSpoolRow, SpoolRow } from '../../core/delivery/spool.ts';
import type { RecipientResult } from '../../core/delivery/transport.ts';
import { fixedSettings } from '../../core/settings/fixed-settings.ts';
import type { AccountId, Address, ReversePath } from '../../core/values/address.ts';
import type { HolderId, SpoolId } from '../../core/values/ids.ts';
import { type EmbeddedWorld, openEmbeddedWorld } from '../../platform/embedded/world.ts';
import { read, stage } from '../contract/worlds.ts';
import { letter } from './report-kit.ts';

const us = 'us' as HolderId;
const hour = 3_600_000; // ms
const day = 24 * hour;
const bob = 'bob@example.net' as Address;
const carol = 'carol@example.net' as Address;

interface Scene {
  readonly world: EmbeddedWorld;
  readonly deps: SettleDeps;
  readonly dataDir: string;
  readonly events: string[];
  readonly failures: string[];
  readonly woken: string[];
  readonly counted: { failed: number; warned: number };
  /** ms since the epoch. */
  now: number;
  add(row?: Partial<NewSpoolRow>, text?: string): Promise<SpoolRow>;
  claim(row: SpoolRow, by?: HolderId): Promise<SpoolRow>;
  /** Texts of the reports in the spool. */
  reports(): Promise<readonly string[]>;
  get(row: SpoolRow): Promise<SpoolRow | undefined>;
}

/** A spool with alice@example.org, and a clock of the test's. */
async function open(t: TestContext, settings: Record<string, string> = {}): Promise<Scene> {
  const dataDir = await mkdtemp(join(tmpdir(), 'mailweir-'));
  const scene = { now: 1_700_000_000_000 };
  const world = await openEmbeddedWorld({ dataDir });
  t.after(async () => {
    await world.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  await world.accounts.add('alice@example.org' as AccountId, 'x');
  const events: string[] = [];
  const failures: string[] = [];
  const woken: string[] = [];
  const counted = { failed: 0, warned: 0 };
  const deps: SettleDeps = {
    ...world,
    clock: { ...world.clock, now: () => scene.now, sleep: async () => {} },
    settings: fixedSettings({ 'server/hostname': 'mail.example.org', ...settings }),
    holder: us,
    random: () => 0,
    log: { event: (name) => void events.push(name), failure: (name) => void failures.push(name) },
    dispatcher: { wake: (rows) => void woken.push(...rows.map(({ nextHop }) => (nextHop.kind === 'local' ? 'local' : nextHop.domain))) },
    counts: {
      failed: (more) => {
        counted.failed += more;
      },
      warned: (more) => {
        counted.warned += more;
      },
    },
  };
  const { spool } = world;
  return Object.assign(scene, {
    world,
    deps,
    dataDir,
    events,
    failures,
    woken,
    counted,
    async add(other: Partial<NewSpoolRow> = {}, text = letter): Promise<SpoolRow> {
      const row: NewSpoolRow = {
        nextHop: { kind: 'domain', domain: 'example.net' },
        reversePath: 'alice@example.org' as ReversePath,
        recipients: [{ address: bob }, { address: carol }],
        declared: { eightBit: false, utf8: false },
        ...other,
      };
      const [added] = await spool.add(world.newId() as SpoolId, await stage(world, text), [row], scene.now);
      assert.ok(added);
      return await this.claim(added);
    },
    async claim({ id }: SpoolRow, by = us): Promise<SpoolRow> {
      const claimed = await spool.claim(id, scene.now + 100 * day, { by, until: scene.now + 200 * day });
      assert.ok(claimed);
      return claimed;
    },
    async reports(): Promise<readonly string[]> {
      const rows = (await spool.list({ limit: 100 })).filter(
        ({ reversePath, facts }) => reversePath === '' && facts.structure.subtype === 'report',
      );
      return Promise.all(rows.map(({ body }) => read(world, body)));
    },
    get: ({ id }: SpoolRow) => spool.get(id),
  });
}

const accepted = (address: Address): RecipientResult => ({ address, result: 'accepted', reply: '250 2.0.0 ok' });
const refused = (address: Address, permanent: boolean, reply = permanent ? '550 5.1.1 no' : '450 4.2.1 later'): RecipientResult => ({
  address,
  result: 'refused',
  permanent,
  reply,
});
const attempt = { at: 1_700_000_000_000, host: 'mx.example.net', ip: '192.0.2.1', result: '550 5.1.1 no' };

describe('a row that is settled', () => {
  it('ends with a report to its sender, of whom the dispatcher hears at once', async (t) => {
    const scene = await open(t);
    const row = await scene.add();
    assert.equal(await settleAnswered(row, [accepted(bob), refused(carol, true)], attempt, scene.deps), 'bounced');
    assert.equal(await scene.get(row), undefined);
    const [report, ...others] = await scene.world.spool.list({ limit: 9 });
    assert.deepEqual(
      [others, report?.reversePath, report?.nextHop, report?.recipients[0]?.account],
      [[], '', { kind: 'local' }, 'alice@example.org'],
    );
    const [text = ''] = await scene.reports();
    assert.match(
      text,
      /^Final-Recipient: rfc822; carol@example\.net\r\nAction: failed\r\nStatus: 5\.1\.1\r\nRemote-MTA: dns; mx\.example\.net\r\n/m,
    );
    assert.doesNotMatch(text, /Final-Recipient: rfc822; bob/);
    assert.deepEqual(
      [scene.woken, scene.counted, scene.events],
      [['local'], { failed: 1, warned: 0 }, ['recipients-failed', 'report-written']],
    );
  });

  it('is finished in silence when everybody has it', async (t) => {
    const scene = await open(t);
    const row = await scene.add();
    assert.equal(await settleAnswered(row, [accepted(bob), accepted(carol)], attempt, scene.deps), 'finished');
    assert.deepEqual([await scene.world.spool.list({ limit: 9 }), scene.events], [[], []]);
  });

  it('keeps only who was put off, and each failure is told once, when it happens', async (t) => {
    const scene = await open(t);
    const row = await scene.add();
    assert.equal(await settleAnswered(row, [refused(bob, false), refused(carol, true)], attempt, scene.deps), 'deferred');
    const left = await scene.get(row);
    assert.deepEqual(
      left?.recipients.map(({ address, last }) => [address, last]),
      [[bob, { reply: '450 4.2.1 later', host: 'mx.example.net', at: attempt.at }]],
    );
    assert.deepEqual(
      [left?.attempts, left?.history.attempts, left?.lastError],
      [1, [attempt], `${bob}: 450 4.2.1 later; ${carol}: 550 5.1.1 no`],
    );
    assert.equal((await scene.reports()).length, 1);
    scene.now += 6 * day;
    assert.equal(
      await settleUnreached(await scene.claim(row), '4.4.1 nobody there', false, { at: scene.now, result: 'x' }, scene.deps),
      'bounced',
    );
    const texts = await scene.reports();
    assert.equal(texts.length, 2);
    assert.equal(texts.filter((text) => text.includes('Final-Recipient: rfc822; bob')).length, 1);
    assert.match(texts.join(''), /It was tried for 6 days and then given up\. The reason:\r\n\r\n {3}nobody there\r\n/);
  });

  it('asks again for who got no answer at all', async (t) => {
    const scene = await open(t);
    const row = await scene.add();
    assert.equal(await settleAnswered(row, [accepted(bob)], attempt, scene.deps), 'deferred');
    assert.deepEqual(
      (await scene.get(row))?.recipients.map(({ address, last }) => [address, last?.host]),
      [[carol, undefined]],
    );
  });

  it('tells of a delay once, and that it is still tried', async (t) => {
    const scene = await open(t);
    let claimed = await scene.add();
    for (const [after, reports] of [
      [hour, 0],
      [4 * hour, 1],
      [day, 1],
    ] as const) {
      scene.now += after;
      assert.equal(await settleUnreached(claimed, '4.4.1 nobody there', false, { at: scene.now, result: 'x' }, scene.deps), 'deferred');
      assert.equal((await scene.reports()).length, reports);
      claimed = await scene.claim(claimed);
    }
    assert.match((await scene.reports())[0] ?? '', /^Action: delayed\r\n/m);
    assert.equal(scene.counted.warned, 1);
  });

  it('is as it was, but later, when nothing was tried', async (t) => {
    const scene = await open(t);
    const row = await scene.add();
    assert.equal(await settleUntried(row, '4.3.2 no slot', scene.now + 2 * hour, scene.deps), 'deferred');
    const left = await scene.get(row);
    assert.deepEqual(
      [left?.attempts, left?.nextAttemptAt, left?.lastError, left?.history.attempts],
      [0, scene.now + 2 * hour, '4.3.2 no slot', []],
    );
    scene.now += 6 * day;
    assert.equal(await settleUntried(await scene.claim(row), '4.3.2 no slot', scene.now + hour, scene.deps), 'bounced');
  });

  it('goes to a sender outside, and over aliases to whom they lead', async (t) => {
    const scene = await open(t);
    await scene.world.accounts.addAlias({
      address: 'sales@example.org' as Address,
      targets: ['alice@example.org', 'far@example.com'] as Address[],
    });
    for (const sender of ['x@example.com', 'sales@example.org']) {
      const row = await scene.add({ reversePath: sender as ReversePath });
      assert.equal(await settleUnreached(row, '5.1.10 takes no mail', true, { at: 1, result: 'x' }, scene.deps), 'bounced');
    }
    assert.deepEqual(scene.woken, ['example.com', 'local', 'example.com']);
    const forwarded = (await scene.world.spool.list({ limit: 9 })).find(({ recipients }) => recipients[0]?.address === 'far@example.com');
    assert.equal(forwarded?.recipients[0]?.original, 'rfc822;sales@example.org', 'who is told of it knows the alias only');
    assert.match((await scene.reports())[0] ?? '', /^To: <x@example\.com>\r\n/m);
  });

  it('is bounced by an operator with the reason given', async (t) => {
    const scene = await open(t);
    assert.equal(await bounceRow(await scene.add(), 'we do not send\r\nto them', scene.deps), 'bounced');
    assert.match((await scene.reports())[0] ?? '', /^Status: 5\.0\.0\r\nDiagnostic-Code: X-Mailweir; 5\.0\.0 we do not send to them\r\n/m);
    assert.equal(await bounceRow(await scene.add(), '5.7.1 spam', scene.deps), 'bounced');
    assert.equal(await bounceRow(await scene.add({ recipients: [{ address: bob, notify: 'never' }] }), '', scene.deps), 'bounced');
    assert.equal((await scene.reports()).length, 2, 'who wants to hear of nothing does not');
  });
});

describe('a report', () => {
  it('is never made of a report: one that fails goes to the log alone', async (t) => {
    const scene = await open(t);
    const row = await scene.add({ reversePath: '' });
    assert.equal(await settleAnswered(row, [refused(bob, true), refused(carol, true)], attempt, scene.deps), 'bounced');
    const late = await scene.add({ reversePath: '' });
    scene.now += 6 * day;
    assert.equal(await settleUnreached(late, '4.4.1 nobody there', false, attempt, scene.deps), 'bounced');
    assert.deepEqual([await scene.world.spool.list({ limit: 9 }), scene.woken], [[], []]);
    assert.deepEqual(scene.events, ['report-dropped', 'recipients-failed', 'report-dropped', 'recipients-failed']);
  });

  it('of a report ends there too when it really travels: nothing is left to be sent', async (t) => {
    const scene = await open(t);
    await settleAnswered(await scene.add({ reversePath: 'x@example.com' as ReversePath }), [], attempt, scene.deps);
    const row = await scene.add({ reversePath: 'x@example.com' as ReversePath });
    await bounceRow(row, '', scene.deps);
    const report = (await scene.world.spool.list({ limit: 9 })).find(({ reversePath }) => reversePath === '');
    assert.ok(report);
    assert.equal(await bounceRow(await scene.claim(report), '', scene.deps), 'bounced');
    assert.deepEqual(await scene.reports(), []);
  });

  it('is dropped when nobody here is its sender', async (t) => {
    const scene = await open(t);
    const row = await scene.add({ reversePath: 'gone@example.org' as ReversePath });
    assert.equal(await settleUnreached(row, '5.1.10 takes no mail', true, attempt, scene.deps), 'bounced');
    assert.deepEqual([await scene.world.spool.list({ limit: 9 }), scene.events], [[], ['report-dropped', 'recipients-failed']]);
  });

  it('is there once, though the process ended between the host\'s "250" and the end of the row', async (t) => {
    const scene = await open(t);
    const row = await scene.add({ recipients: [{ address: bob, notify: ['success'] }, { address: carol }] });
    const results: readonly RecipientResult[] = [
      { address: bob, result: 'accepted', reply: '250 ok', relayed: true },
      refused(carol, true),
    ];
    await scene.world.spool.endClaims(us); // the process is dead; another finds the row, sends it again and settles it
    const again = await scene.claim(row, 'them' as HolderId);
    assert.equal(await settleAnswered(again, results, attempt, { ...scene.deps, holder: 'them' as HolderId }), 'bounced');
    assert.equal((await scene.reports()).length, 2);
    // The first was only thought dead, and settles what it has.
    assert.equal(await settleAnswered(row, results, attempt, scene.deps), 'claim-lost');
    assert.equal((await scene.reports()).length, 2);
  });

  it('is there once, though the store could not write at first', async (t) => {
    const scene = await open(t);
    const row = await scene.add();
    const { finish } = scene.deps.spool;
    const failing = { ...scene.deps.spool, finish: () => Promise.reject(new Error('busy')) };
    await assert.rejects(settleUnreached(row, '5.1.10 takes no mail', true, attempt, { ...scene.deps, spool: failing }), /busy/);
    assert.deepEqual([await scene.reports(), scene.woken, scene.counted.failed], [[], [], 0]);
    assert.ok(await scene.get(row));
    const working = { ...scene.deps.spool, finish };
    assert.equal(await settleUnreached(row, '5.1.10 takes no mail', true, attempt, { ...scene.deps, spool: working }), 'bounced');
    assert.equal((await scene.reports()).length, 1);
  });

  it('is there once and whole, though the store did not answer when it took it', async (t) => {
    const scene = await open(t);
    const { spool } = scene.deps;
    const discarded: unknown[] = [];
    const discarding = { ...scene.deps.bodies, discard: async (body: unknown) => void discarded.push(body) };
    for (const silences of [1, 9]) {
      const row = await scene.add();
      let answers = 0;
      const bodies = new Set<string>();
      // As a store on a network is: the first copy is done, another of the same is known again, and no answer comes back.
      const finish: typeof spool.finish = async (id, by, reports = []) => {
        for (const { body } of reports) bodies.add(body.id);
        answers += 1;
        if (answers === 1) await spool.finish(id, by, reports);
        if (answers <= silences) throw new Error('no answer');
        return true;
      };
      const deps = { ...scene.deps, bodies: discarding, spool: { ...spool, finish } };
      const settling = settleAnswered(row, [refused(bob, true), refused(carol, true)], attempt, deps);
      if (silences > 1) await assert.rejects(settling, /no answer/);
      else assert.equal(await settling, 'bounced');
      assert.equal(bodies.size, 1);
    }
    assert.deepEqual([(await scene.reports()).length, discarded], [2, []]);
  });

  it('that is large leaves nothing behind when the claim was lost', async (t) => {
    const scene = await open(t);
    const row = await scene.add({}, `${letter}${'large\r\n'.repeat(9000)}`);
    await scene.world.spool.endClaims(us);
    const files = async (): Promise<readonly string[]> =>
      (await readdir(join(scene.dataDir, 'bodies'), { recursive: true, withFileTypes: true }))
        .filter((one) => one.isFile())
        .map(({ name }) => name);
    const before = await files();
    assert.equal(await settleUnreached(row, '5.1.10 takes no mail', true, attempt, scene.deps), 'claim-lost');
    assert.deepEqual(await files(), before);
    assert.equal(before.length, 1);
  });

  it('that can not be made holds back who failed, and nobody else', async (t) => {
    const scene = await open(t);
    const row = await scene.add({ recipients: [{ address: bob }, { address: carol }, { address: 'dave@example.net' as Address }] });
    const results = [accepted(bob), refused(carol, true), refused('dave@example.net' as Address, false)];
    const bodies = { ...scene.deps.bodies, stage: () => Promise.reject(new Error('no room')) };
    assert.equal(await settleAnswered(row, results, attempt, { ...scene.deps, bodies }), 'held');
    const held = await scene.get(row);
    assert.deepEqual([held?.held, held?.recipients.map(({ address }) => address)], [true, [carol, 'dave@example.net']]);
    assert.match(held?.lastError ?? '', /^its report could not be made: carol@example\.net: 550 5\.1\.1 no; /);
    assert.deepEqual([scene.failures, await scene.reports()], [Array(3).fill('report-failed'), []]);
    await scene.world.spool.retry(row.id, scene.now);
    const rest = [refused(carol, true), refused('dave@example.net' as Address, false)];
    assert.equal(await settleAnswered(await scene.claim(row), rest, attempt, scene.deps), 'deferred');
    assert.equal((await scene.reports()).length, 1);
  });

  it('of a message that asked for TLS all the way asks for it too, and shows no more than the header', async (t) => {
    const scene = await open(t);
    const wishes = { requireTls: true, reports: { return: 'full' }, reversePath: 'x@example.com' as ReversePath } as const;
    assert.equal(await bounceRow(await scene.add(wishes), '', scene.deps), 'bounced');
    const [row] = await scene.world.spool.list({ limit: 9 });
    assert.equal(row?.requireTls, true);
    assert.match((await scene.reports())[0] ?? '', /^Content-Type: text\/rfc822-headers\r\n/m);
  });

  it('goes without the message when that is gone', async (t) => {
    const scene = await open(t);
    const row = await scene.add();
    const other = { ...row, body: 'gone' as SpoolRow['body'] };
    assert.equal(await settleUnreached(other, '5.1.10 takes no mail', true, attempt, scene.deps), 'bounced');
    const [text = ''] = await scene.reports();
    assert.match(text, /^Details for administrators are attached\.\r\n/m);
    assert.doesNotMatch(text, /message\/rfc822/);
  });
});
