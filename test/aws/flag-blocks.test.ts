import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Flag } from '../../core/values/flags.ts';
import type { MailboxId } from '../../core/values/ids.ts';
import type { NumberSet } from '../../core/values/number-set.ts';
import { itemSize } from '../../platform/aws/dynamodb/write-units.ts';
import { changesAfter, type PastChange, packHistory, unpackHistory } from '../../platform/aws/mailboxes/change-history.ts';
import { blockFrom, blockItem, type FlagEntry } from '../../platform/aws/mailboxes/flag-block.ts';
import { Packer, Unpacker } from '../../platform/aws/mailboxes/packing.ts';
import { SmallMail } from './small-mail.ts';

const mailbox = 'one' as MailboxId;
const all: NumberSet = [{ from: 1, to: 0xffff_ffff }];
/** Words of 64 octets, none of which another message has. */
const words = (message: number): readonly Flag[] => Array.from({ length: 64 }, (_, i) => `${message}-${i}-`.padEnd(64, 'x') as Flag);

describe('a block of flags', () => {
  it('comes back as it was packed', () => {
    const entries: readonly FlagEntry[] = [
      { uid: 128, flags: 0, keywords: '', modseq: 2 ** 40, size: 0 },
      { uid: 129, flags: 31, keywords: '$Work Later', modseq: 7, size: 2 ** 32 },
      { uid: 150, flags: 4, keywords: 'Later', modseq: 2 ** 52, size: 127 },
      { uid: 191, flags: 1, keywords: '', modseq: 128, size: 128 },
    ];
    for (const some of [entries, []]) {
      assert.deepEqual(blockFrom(blockItem(mailbox, { number: 2, version: 9, entries: some }), mailbox), {
        number: 2,
        version: 9,
        entries: some,
      });
    }
  });

  it('that is cut short, or laid out by another release, is named in the fault', () => {
    const item = blockItem(mailbox, { number: 2, version: 9, entries: [{ uid: 130, flags: 1, keywords: '', modseq: 300, size: 300 }] });
    const octets = item.f?.B ?? assert.fail();
    assert.throws(() => blockFrom({ ...item, f: { B: octets.slice(0, -1) } }, mailbox), /block f\/00000002 of mailbox one ends too early/);
    assert.throws(() => blockFrom({ ...item, f: { B: Uint8Array.of(9, ...octets.slice(1)) } }, mailbox), /layout that is not known/);
  });

  it('with as many and as long keywords as there may be is an item', () => {
    const entries = Array.from(
      { length: 64 },
      (_, i): FlagEntry => ({ uid: i, flags: 31, keywords: words(i).join(' '), modseq: 2 ** 50, size: 2 ** 32 }),
    );
    assert.ok(itemSize(blockItem(mailbox, { number: 0, version: 1, entries })) < 300_000);
  });
});

describe('keywords of which no two messages have the same', () => {
  it('are set and removed in transactions that stay within what DynamoDB takes', async () => {
    const mail = new SmallMail();
    const inbox = mail.mailbox('inbox');
    const { store } = mail.process();
    const many = 15 * 64;
    const one = mail.message('one');
    await store.append(
      inbox,
      Array.from({ length: many }, (_, i) => ({ ...one, flags: words(i + 1) })),
    );
    let largest = 0;
    mail.dynamo.served = (_, touched) => {
      largest = Math.max(
        largest,
        touched.reduce((sum, { after }) => sum + (after === undefined ? 0 : itemSize(after)), 0),
      );
    };
    const { changed } = await store.changeFlags(inbox, all, { how: 'remove', flags: words(5).slice(0, 1) });
    assert.equal(changed.length, 1);
    await store.changeFlags(inbox, all, { how: 'add', flags: ['\\Seen' as Flag] });
    await store.expunge(inbox, [{ from: 1, to: many / 2 }], true);
    assert.ok(largest < 4_000_000, `${largest} octets`);
    await mail.assertSound([inbox]);
  });
});

describe('what a row remembers of changes', () => {
  const change = (version: number, modseq: number): PastChange => ({
    op: version.toString(16).padStart(12, '0'),
    version,
    modseq,
    expunged: version % 2 === 0,
    blocks: [{ from: version % 100, to: (version % 100) + 1 }],
  });

  it('is the newest of them, in some 400 octets', () => {
    const changes = Array.from({ length: 100 }, (_, i) => change(1_000_000 - i, 2_000_000 - 2 * i));
    const packed = packHistory(changes);
    assert.ok(packed.length <= 420);
    const back = unpackHistory(packed, 'here');
    assert.ok(back.length >= 30);
    assert.deepEqual(back, changes.slice(0, back.length));
    assert.deepEqual(unpackHistory(packHistory([]), 'here'), []);
  });

  it('tells what came after a MODSEQ only when it reaches back so far', () => {
    const history = [change(9, 30), change(8, 20), change(7, 10)];
    assert.deepEqual(
      changesAfter(history, 10)?.map(({ modseq }) => modseq),
      [30, 20],
    );
    assert.deepEqual(changesAfter(history, 30), []);
    assert.equal(changesAfter(history, 9), undefined);
    assert.equal(changesAfter([], 9), undefined);
  });
});

describe('numbers in few octets', () => {
  it('come back, however large', () => {
    const numbers = [0, 1, 127, 128, 16_383, 16_384, 2 ** 31, 2 ** 32, 2 ** 53 - 1];
    const packer = new Packer();
    for (const number of numbers) packer.number(number);
    const unpacker = new Unpacker(packer.done(), 'here');
    assert.deepEqual(
      numbers.map(() => unpacker.number()),
      numbers,
    );
    assert.ok(unpacker.isAtEnd);
    assert.throws(() => unpacker.number(), /here ends too early/);
  });
});
