import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { MessageBodies } from '../../core/mailbox/message-bodies.ts';
import { searchMailbox } from '../../core/mailbox/search/search.ts';
import { searchWhole } from '../../core/mailbox/search/search-result.ts';
import { canBeRuledOut, type TextIndex } from '../../core/mailbox/search/text-index.ts';
import { casemap } from '../../core/message/casemap.ts';
import type { MailboxId } from '../../core/values/ids.ts';
import { inNumberSet, type NumberSet } from '../../core/values/number-set.ts';
import type { SearchKey } from '../../core/values/search-key.ts';
import { type IndexedWorld, indexedWorlds } from './text-index-worlds.ts';
import { alice, inboxOf } from './worlds.ts';

/** Letters of several scripts, of those some that change their number when case is folded, a letter and its accent apart, two halves of one. */
const odd = [
  'a',
  'e',
  'E',
  'x',
  '1',
  ' ',
  '.',
  '"',
  '*',
  '-',
  'ß',
  'ẞ',
  'İ',
  'ı',
  'ﬁ',
  'é',
  'e\u0301',
  '\u0301',
  'Σ',
  'ς',
  'σ',
  'д',
  'Д',
  '会',
  '議',
  '😀',
  '\u{1F3FD}',
  '\t',
];
const text = fc.string({ unit: fc.constantFrom(...odd), maxLength: 60 });

interface Letter {
  readonly subject: string;
  readonly from: string;
  readonly note: string;
  readonly parts: readonly { readonly text: string; readonly as: 'base64' | 'latin1' | 'plain' | 'quoted' }[];
}

const letter: fc.Arbitrary<Letter> = fc.record({
  subject: text,
  from: text,
  note: text,
  parts: fc.array(fc.record({ text, as: fc.constantFrom('base64' as const, 'latin1' as const, 'plain' as const, 'quoted' as const) }), {
    minLength: 1,
    maxLength: 3,
  }),
});

const oneLine = (value: string): string => value.replace(/[\r\n]/g, ' ');
const asWord = (value: string): string => `=?utf-8?B?${Buffer.from(value).toString('base64')}?=`;

function octetsOf({ subject, from, note, parts }: Letter): Buffer {
  const pieces: (string | Buffer)[] = [
    `From: ${asWord(from)} <some.one@example.net>\r\nSubject: ${asWord(subject)}\r\nX-Note: `,
    Buffer.from(oneLine(note)),
    '\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n',
  ];
  for (const { text: body, as } of parts) {
    const charset = as === 'latin1' ? 'iso-8859-1' : 'utf-8';
    const encoding = as === 'base64' ? 'base64' : as === 'quoted' ? 'quoted-printable' : '8bit';
    pieces.push(`--b\r\nContent-Type: text/plain; charset=${charset}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n`);
    if (as === 'base64') pieces.push(Buffer.from(body).toString('base64'));
    else if (as === 'quoted')
      pieces.push([...Buffer.from(body)].map((octet) => `=${octet.toString(16).padStart(2, '0').toUpperCase()}`).join('=\r\n'));
    else pieces.push(Buffer.from(body, as === 'latin1' ? 'latin1' : 'utf8'));
    pieces.push('\r\n');
  }
  pieces.push('--b--\r\n');
  return Buffer.concat(pieces.map((piece) => Buffer.from(piece as Buffer)));
}

async function* once(octets: Uint8Array): AsyncGenerator<Uint8Array> {
  yield octets;
}

async function add(world: IndexedWorld, mailbox: MailboxId, octets: Uint8Array, prefix = ''): Promise<void> {
  const body = await world.bodies.stage(once(octets));
  await world.mailboxes.append(mailbox, [{ body, prefix, flags: [], internalDate: 0 }]);
}

const everyUid: NumberSet = [{ from: 1, to: 1_000_000 }];

async function search(world: IndexedWorld, mailbox: MailboxId, criteria: SearchKey, textIndex?: TextIndex, bodies = world.bodies) {
  const ports = { mailboxes: world.mailboxes, bodies, textIndex, readAtOnce: 4, giveTurn: async () => {} };
  const { uids } = await searchWhole({ mailbox, criteria }, ports, { signal: new AbortController().signal });
  return [...uids];
}

/** As without anything that could rule a message out. */
async function searchPlainly(world: IndexedWorld, mailbox: MailboxId, criteria: SearchKey) {
  const rows = (await world.mailboxes.flags(mailbox, everyUid)).map((row, i) => ({ ...row, msn: i + 1, recent: false }));
  const { mailboxes, bodies } = world;
  const found = await searchMailbox({ criteria, rows, mailbox, mailboxes, bodies, giveTurn: async () => {} });
  return found.map(({ uid }) => uid);
}

/** A search for what is nowhere reads all messages whole: one that learns has then learnt. */
async function fill(world: IndexedWorld, mailbox: MailboxId): Promise<void> {
  await world.fill();
  if (world.learns) await search(world, mailbox, { key: 'TEXT', text: 'zzzqqqzzz' }, world.textIndex);
}

/** Bodies that count what is read of them. */
function counting(bodies: MessageBodies): { readonly bodies: MessageBodies; readonly reads: () => number } {
  let reads = 0;
  const read: MessageBodies['read'] = (id, from, to) => {
    reads += 1;
    return bodies.read(id, from, to);
  };
  return { bodies: { ...bodies, read }, reads: () => reads };
}

for (const { name, skip, open } of indexedWorlds) {
  describe(`an index of texts on ${name}`, { skip }, () => {
    it('never changes what a search finds', async (t) => {
      const world = await open(t);
      await inboxOf(world, alice);
      let number = 0;
      const looked = fc.record({
        letter: fc.nat(5),
        part: fc.nat(4),
        from: fc.nat(50),
        length: fc.integer({ min: 1, max: 9 }),
        fallback: text,
      });
      await fc.assert(
        fc.asyncProperty(
          fc.array(letter, { minLength: 1, maxLength: 6 }),
          fc.array(looked, { minLength: 1, maxLength: 6 }),
          async (letters, needles) => {
            number += 1;
            const made = await world.mailboxes.create(alice, `m${number}`);
            assert.ok(typeof made !== 'string');
            const prefixes = [
              '',
              'Return-Path: <axe.1@example.org>\r\n',
              'Return-Path: <дДд@example.org>\r\n',
              'Return-Path: <=?x@example.org>\r\n',
            ];
            for (const [i, one] of letters.entries()) await add(world, made.id, octetsOf(one), prefixes[i % prefixes.length]);
            await fill(world, made.id);
            for (const needle of needles) {
              const one = letters[needle.letter % letters.length];
              const texts = [one?.subject, one?.from, one?.note, ...(one?.parts.map((part) => part.text) ?? [])];
              const source = texts[needle.part % texts.length] ?? '';
              const asked = source.slice(needle.from % Math.max(1, source.length)).slice(0, needle.length) || needle.fallback;
              for (const words of [asked, asked.toUpperCase(), asked.normalize('NFD')]) {
                for (const key of keysFor(words)) {
                  const alone = await searchPlainly(world, made.id, key);
                  assert.deepEqual(await search(world, made.id, key, world.textIndex), alone, `${JSON.stringify(key)}`);
                  if (!world.learns) assert.deepEqual(await search(world, made.id, key), alone, `without it ${JSON.stringify(key)}`);
                }
              }
            }
          },
        ),
        { numRuns: world.runs },
      );
    });

    it('spares reading what it rules out, and says nothing of what it does not know', async (t) => {
      const world = await open(t);
      const inbox = await inboxOf(world, alice);
      const note = (words: string): Buffer => Buffer.from(`Subject: note\r\n\r\n${words}\r\n`);
      for (let i = 0; i < 40; i += 1) await add(world, inbox.id, note(i === 7 ? 'a kaleidoscope' : 'nothing of it'));
      await fill(world, inbox.id);
      const { bodies, reads } = counting(world.bodies);
      assert.deepEqual(await search(world, inbox.id, { key: 'BODY', text: 'KALEIDO' }, world.textIndex, bodies), [8]);
      assert.ok(reads() <= 4, `${reads()} reads`);
      await add(world, inbox.id, note('another kaleidoscope'));
      assert.deepEqual(await search(world, inbox.id, { key: 'TEXT', text: 'kaleido' }, world.textIndex), [8, 41]);
    });

    it('knows a message by what it was delivered with, too', async (t) => {
      const world = await open(t);
      const inbox = await inboxOf(world, alice);
      for (let i = 0; i < 40; i += 1) {
        await add(
          world,
          inbox.id,
          Buffer.from('Subject: a\r\n\r\nb\r\n'),
          `Return-Path: <${i === 3 ? 'sender' : 'nobody'}@example.org>\r\n`,
        );
      }
      await fill(world, inbox.id);
      assert.deepEqual(await search(world, inbox.id, { key: 'TEXT', text: 'sender@' }, world.textIndex), [4]);
      assert.deepEqual(await search(world, inbox.id, { key: 'HEADER', field: 'Return-Path', text: 'sender' }, world.textIndex), [4]);
    });

    it('always has those read that have too much text, and large ones are no worse', async (t) => {
      const world = await open(t);
      const inbox = await inboxOf(world, alice);
      const filler = 'lorem ipsum dolor sit amet\r\n';
      await add(world, inbox.id, Buffer.from(`Subject: long\r\n\r\n${filler.repeat(12_000)}kaleidoscope\r\n`));
      await add(world, inbox.id, Buffer.from(`Subject: large\r\n\r\n${filler.repeat(4_000)}kaleidoscope\r\n`));
      await fill(world, inbox.id);
      assert.deepEqual(await search(world, inbox.id, { key: 'BODY', text: 'kaleidoscope' }, world.textIndex), [1, 2]);
      const [ruled = []] = await world.textIndex.ruledOut(inbox.id, everyUid, ['HIPPOPOTAMUS']);
      assert.equal(inNumberSet(ruled, 1), false);
    });

    it('stays true when messages go and others come, and when they are copied', async (t) => {
      const world = await open(t);
      const inbox = await inboxOf(world, alice);
      const say = (words: string): Promise<void> => add(world, inbox.id, Buffer.from(`Subject: s\r\n\r\n${words}\r\n`));
      for (const words of ['first apple', 'second pear', 'third plum']) await say(words);
      await fill(world, inbox.id);
      await world.mailboxes.expunge(inbox.id, [{ from: 2, to: 3 }], true);
      await say('fourth cherry');
      await say('fifth quince');
      await fill(world, inbox.id);
      await say('sixth cherry');
      const archive = await world.mailboxes.create(alice, 'archive');
      assert.ok(typeof archive !== 'string');
      await world.mailboxes.copy(inbox.id, everyUid, archive.id, true);
      await fill(world, archive.id);
      const find = (mailbox: MailboxId, words: string) => search(world, mailbox, { key: 'BODY', text: words }, world.textIndex);
      assert.deepEqual(await find(inbox.id, 'cherry'), [4, 6]);
      assert.deepEqual(await find(inbox.id, 'quince'), [5]);
      assert.deepEqual(await find(inbox.id, 'pear'), []);
      assert.deepEqual(await find(archive.id, 'cherry'), [2, 4]);
    });
  });
}

function keysFor(words: string): readonly SearchKey[] {
  const names = ['TEXT', 'BODY', 'SUBJECT', 'FROM', 'TO'] as const;
  const header: SearchKey = { key: 'HEADER', field: 'X-Note', text: words };
  const subject: SearchKey = { key: 'SUBJECT', text: words };
  const texts = names.map((key): SearchKey => ({ key, text: words }));
  const [whole = header, body = header] = texts;
  return [
    ...texts,
    header,
    { key: 'NOT', of: whole },
    { key: 'OR', of: [header, body] },
    { key: 'OR', of: [subject, { key: 'FROM', text: words }] },
    { key: 'OR', of: [subject, whole] },
    { key: 'AND', of: [subject, whole, { key: 'FROM', text: 'some.one' }] },
    { key: 'AND', of: [whole, { key: 'NOT', of: header }] },
  ];
}

describe('a text that is searched for', () => {
  it('is asked of an index only when it has three letters, and none that texts are parted by', () => {
    assert.equal(canBeRuledOut(casemap('ABC')), true);
    for (const words of ['', 'ab', 'ab\r\nc', 'abc\0', 'ab\ud800']) assert.equal(canBeRuledOut(words), false, JSON.stringify(words));
  });
});
