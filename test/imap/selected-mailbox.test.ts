import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { FlagRow, MailboxDelta } from '../../core/mailbox/mailbox-store.ts';
import { SelectedMailbox } from '../../core/mailbox/selected-mailbox.ts';
import { type Flag, seen } from '../../core/values/flags.ts';
import { formatNumberSet, type NumberSet, numberSet } from '../../core/values/number-set.ts';
import type { Modseq, Uid } from '../../core/values/uid.ts';

const modseq = (n: number | bigint): Modseq => BigInt(n) as Modseq;
const uid = (n: number): Uid => n as Uid;

/** A mailbox as everybody but the client under test changes it. */
class Truth {
  readonly messages = new Map<number, FlagRow>();
  readonly #expunged: { uid: number; modseq: bigint }[] = [];
  uidNext = 1;
  highest = 1n;

  append(): void {
    this.highest++;
    const fresh = { uid: uid(this.uidNext++), flags: [], modseq: modseq(this.highest) };
    this.messages.set(fresh.uid, fresh);
  }

  flag(nth: number, flags: readonly Flag[]): FlagRow | undefined {
    const row = this.nth(nth);
    if (row === undefined) return undefined;
    this.highest++;
    const changed = { ...row, flags, modseq: modseq(this.highest) };
    this.messages.set(row.uid, changed);
    return changed;
  }

  expunge(nth: number): void {
    const row = this.nth(nth);
    if (row === undefined) return;
    this.highest++;
    this.messages.delete(row.uid);
    this.#expunged.push({ uid: row.uid, modseq: this.highest });
  }

  since(at: Modseq): MailboxDelta {
    const changed = this.rows().filter((row) => row.modseq > at);
    const vanished = numberSet(this.#expunged.filter((one) => one.modseq > at).map((one) => one.uid));
    return { changed, vanished, highestModseq: modseq(this.highest), uidNext: uid(this.uidNext) };
  }

  rows(): FlagRow[] {
    return [...this.messages.values()].sort((a, b) => a.uid - b.uid);
  }

  nth(n: number): FlagRow | undefined {
    const rows = this.rows();
    return rows[n % Math.max(1, rows.length)];
  }
}

/** What a client believes, from the responses alone. */
class Believer {
  readonly slots: { uid: number; flags: string }[] = [];
  readonly #view: SelectedMailbox;
  readonly #truth: Truth;

  constructor(truth: Truth) {
    this.#truth = truth;
    const { uidNext, highest } = truth;
    this.#view = new SelectedMailbox({
      uids: Uint32Array.from(truth.rows(), (row) => row.uid),
      uidNext: uid(uidNext),
      highestModseq: modseq(highest),
      recent: [],
    });
    for (const row of truth.rows()) this.slots.push({ uid: row.uid, flags: row.flags.join() });
  }

  /** @param tellsFlags false: of flags that others change nothing is told, until they are again */
  hear(mayExpunge: boolean, tellsFlags = true): void {
    const delta = this.#truth.since(this.#view.since(tellsFlags));
    const { expunged, vanished, exists, changed } = this.#view.advance(delta, mayExpunge, tellsFlags);
    assert.ok(tellsFlags || changed.length === 0, 'flags that nobody wants to hear of');
    assert.ok(mayExpunge || expunged.length === 0, 'an EXPUNGE where none may come');
    const gone = expunged.map((msn) => this.slots.splice(msn - 1, 1)[0]?.uid);
    assert.deepEqual(gone, vanished, 'EXPUNGE and VANISHED mean the same messages');
    for (let msn = this.slots.length + 1; msn <= (exists ?? 0); msn++) {
      const known = this.#view.uidOf(msn); // as FETCH msn (UID FLAGS) would tell
      this.slots.push({ uid: known, flags: this.#truth.messages.get(known)?.flags.join() ?? '' });
    }
    for (const { msn, flags } of changed) (this.slots[msn - 1] as { flags: string }).flags = flags.join();
    assert.equal(this.#view.exists, this.slots.length);
    for (const [i, slot] of this.slots.entries()) {
      assert.equal(this.#view.uidOf(i + 1), slot.uid);
      assert.equal(this.#view.msnOf(uid(slot.uid)), i + 1);
    }
  }

  /** STORE .SILENT of its own: believed at once. */
  storeSilently(nth: number, flags: readonly Flag[]): void {
    const row = this.#truth.nth(nth);
    if (row === undefined || row.modseq > this.#view.modseq) return; // the handler stores such ones apart, not as its own
    const changed = this.#truth.flag(nth, flags) as FlagRow;
    this.#view.expectOwn([changed]);
    (this.slots[this.#view.msnOf(changed.uid) - 1] as { flags: string }).flags = flags.join();
    this.hear(false);
  }
}

const deed = fc.oneof(
  { weight: 3, arbitrary: fc.record({ what: fc.constant('append' as const), n: fc.nat(9), flagged: fc.boolean() }) },
  fc.record({ what: fc.constantFrom('flag', 'expunge', 'own', 'hear', 'hear-numbers', 'hear-all'), n: fc.nat(9), flagged: fc.boolean() }),
);

describe('a selected mailbox', () => {
  it('tells, whatever happens and whenever it may, exactly what leads the client to the truth', () => {
    fc.assert(
      fc.property(fc.nat(6), fc.array(deed, { maxLength: 60 }), (there, deeds) => {
        const truth = new Truth();
        for (let i = 0; i < there; i++) truth.append();
        const client = new Believer(truth);
        for (const { what, n, flagged } of deeds) {
          const flags = flagged ? [seen] : ['work' as Flag];
          if (what === 'append') truth.append();
          else if (what === 'flag') truth.flag(n, flags);
          else if (what === 'expunge') truth.expunge(n);
          else if (what === 'own') client.storeSilently(n, flags);
          else client.hear(what === 'hear-all', what !== 'hear-numbers');
        }
        client.hear(true);
        assert.deepEqual(
          client.slots,
          truth.rows().map((row) => ({ uid: row.uid, flags: row.flags.join() })),
        );
      }),
      { numRuns: 400 },
    );
  });

  const view = (uids: readonly number[], recent: NumberSet = []): SelectedMailbox =>
    new SelectedMailbox({
      uids: Uint32Array.from(uids),
      uidNext: uid((uids.at(-1) ?? 0) + 1),
      highestModseq: modseq(1),
      recent,
    });
  const delta = (change: Partial<MailboxDelta>): MailboxDelta => ({
    changed: [],
    vanished: [],
    highestModseq: modseq(2),
    uidNext: uid(1),
    ...change,
  });

  it('of 200,000 messages tells what went while thousands of polls told nothing, and which of scattered ones are recent', () => {
    const size = 200_000;
    const scattered = Array.from({ length: size / 2 }, (_, i) => ({ from: 2 * i + 1, to: 2 * i + 1 }));
    const all = view(Array.from({ length: size }, (_, i) => i + 1), scattered); // biome-ignore format: one thought
    assert.equal(all.recentCount, size / 2);
    let highest = 1;
    all.advance(delta({ vanished: scattered, highestModseq: modseq(++highest), uidNext: uid(size + 1) }), false);
    for (let i = 1; i <= 5_000; i++) {
      const [gone, fresh] = [20 * i, size + 2 * i];
      all.addRecent([{ from: fresh, to: fresh }]);
      const changed = [{ uid: uid(fresh), flags: [], modseq: modseq(++highest) }];
      const update = all.advance(
        delta({ changed, vanished: [{ from: gone, to: gone }], highestModseq: modseq(highest), uidNext: uid(fresh + 1) }),
        false,
      );
      assert.deepEqual([update.expunged.length, update.exists], [0, size + i]);
      assert.equal(all.recentCount, size / 2 + i);
    }
    for (let n = 1; n <= size; n++) assert.equal(all.isRecent(uid(n)), n % 2 === 1);
    const told = all.advance(delta({ highestModseq: modseq(highest), uidNext: uid(size) }), true);
    assert.equal(told.expunged.length, size / 2 + 5_000);
    assert.deepEqual(told.vanished.slice(0, 12), [1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 20, 21]);
    assert.equal(all.exists, size / 2);
    assert.equal(all.recentCount, 5_000);
    for (let i = 0; i < 5_000; i++) {
      const [gone, next] = [20 * i + 2, 20 * i + 4];
      const one = all.advance(delta({ vanished: [{ from: gone, to: gone }], highestModseq: modseq(++highest), uidNext: uid(size) }), true);
      assert.deepEqual([one.vanished, all.msnOf(uid(gone)), all.uidOf(one.expunged[0] ?? 0)], [[gone], 0, next]);
    }
  });

  it('reads sequence sets as numbers or UIDs, either way round, with * as the last', () => {
    const some = view([5, 9, 12, 40]);
    const msns = (set: Parameters<SelectedMailbox['resolve']>[0], byUid = false) => formatNumberSet(some.resolve(set, byUid) ?? []);
    assert.equal(msns([{ from: 4, to: 2 }]), '2:4');
    assert.equal(msns([{ from: '*', to: 3 }, { from: 1, to: 1 }]), '1,3:4'); // biome-ignore format: one set
    assert.equal(msns([{ from: 6, to: 12 }], true), '2:3');
    assert.equal(msns([{ from: 50, to: '*' }], true), '4');
    assert.equal(msns([{ from: 6, to: 8 }], true), '');
    assert.equal(formatNumberSet(some.uidsOf([{ from: 2, to: 3 }])), '9:12');
  });

  it('takes a message number that is not there for an error, and a UID that is not there for none', () => {
    assert.equal(view([5, 9]).resolve([{ from: 1, to: 3 }], false), undefined);
    assert.equal(view([]).resolve([{ from: 1, to: '*' }], false), undefined);
    assert.deepEqual(view([]).resolve([{ from: 1, to: '*' }], true), []);
  });

  it('keeps the numbers of expunged messages until it may tell', () => {
    const some = view([5, 9, 12, 40]);
    const update = some.advance(delta({ vanished: [{ from: 5, to: 12 }] }), false);
    assert.deepEqual(update, { expunged: [], vanished: [], changed: [] });
    assert.equal(some.msnOf(uid(40)), 4);
    const told = some.advance(delta({}), true);
    assert.deepEqual(told.expunged, [1, 1, 1]);
    assert.deepEqual(told.vanished, [5, 9, 12]);
    assert.equal(some.msnOf(uid(40)), 1);
  });

  it('counts as told only what came before the first expunge that waits', () => {
    const some = view([5, 9]);
    some.advance(delta({ highestModseq: modseq(3) }), false);
    assert.equal(some.toldModseq, 3n);
    some.advance(delta({ vanished: [{ from: 5, to: 5 }], highestModseq: modseq(4) }), false);
    some.advance(delta({ highestModseq: modseq(7) }), false);
    assert.deepEqual([some.modseq, some.toldModseq], [7n, 3n]);
    some.advance(delta({ highestModseq: modseq(7) }), true);
    assert.equal(some.toldModseq, 7n);
  });

  it('tells what is gone from what is gone and still has a number', () => {
    const some = view([5, 9, 40]);
    some.advance(delta({ vanished: [{ from: 9, to: 9 }] }), false);
    assert.equal(formatNumberSet(some.notHere([{ from: 1, to: 6 }, { from: 8, to: 12 }, { from: 50, to: 60 }])), '1:4,6,8,10:12,50:60'); // biome-ignore format: one set
  });

  it('never mentions messages that came and went between two looks', () => {
    const some = view([5]);
    const update = some.advance(delta({ vanished: [{ from: 6, to: 7 }], uidNext: uid(8) }), true);
    assert.deepEqual(update, { expunged: [], vanished: [], changed: [] });
  });

  it('tells a change of its own when somebody else changed the message again', () => {
    const some = view([5]);
    some.expectOwn([{ uid: uid(5), flags: [seen], modseq: modseq(2) }]);
    const changed = [{ uid: uid(5), flags: [], modseq: modseq(3) }];
    assert.equal(some.advance(delta({ changed, highestModseq: modseq(3) }), true).changed[0]?.msn, 1);
  });

  it('counts as recent what it was told is, and forgets what is expunged', () => {
    const some = view([5, 9, 12], [{ from: 9, to: 13 }]);
    assert.equal(some.recentCount, 2);
    assert.equal(some.isRecent(uid(9)), true);
    const changed = [13, 14].map((one) => ({ uid: uid(one), flags: [], modseq: modseq(2) }));
    some.advance(delta({ changed, uidNext: uid(15) }), true);
    assert.equal(some.recentCount, 3, 'one that was claimed before it was told of is recent, one that was not is not');
    some.advance(delta({ vanished: [{ from: 9, to: 9 }] }), true);
    assert.equal(some.recentCount, 2);
  });

  it('holds a hundred thousand messages in four octets each, and looks them up at once', () => {
    const many = view(Array.from({ length: 100_000 }, (_, i) => i * 2 + 1));
    const gone = Array.from({ length: 50_000 }, (_, i) => ({ from: i * 4 + 1, to: i * 4 + 1 }));
    const started = performance.now();
    assert.equal(many.advance(delta({ vanished: gone }), true).expunged.length, 50_000);
    for (let i = 0; i < 50_000; i++) assert.equal(many.msnOf(uid(i * 4 + 3)), i + 1);
    assert.ok(performance.now() - started < 5_000);
  });
});
