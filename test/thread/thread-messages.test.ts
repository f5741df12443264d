import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { MessageRecord } from '../../core/mailbox/mailbox-store.ts';
import { Ancestry } from '../../core/mailbox/thread/ancestry.ts';
import { threadMessages } from '../../core/mailbox/thread/thread-messages.ts';
import type { ThreadAlgorithm } from '../../core/values/sort-program.ts';
import { orderingOf, recordOf } from '../sort/given-messages.ts';
import { type Letter, naiveReferences } from './naive-threads.ts';

const noBodies = {
  async *read(): AsyncGenerator<Uint8Array> {
    yield* [];
    throw new Error('no body had to be read');
  },
};

async function threads(algorithm: ThreadAlgorithm, records: readonly MessageRecord[], bodies: { read: typeof noBodies.read } = noBodies) {
  const uids = records.map(({ uid }) => uid);
  const threaded = await threadMessages(uids, algorithm, { ...orderingOf(records).ordering, bodies });
  return [...threaded.threads.text((place) => threaded.uids[place] as number)].join('');
}

const record = ({ id, references, subject, isReply, sent }: Letter, i: number): MessageRecord =>
  recordOf(i + 1, [
    ...(id === undefined ? [] : [`Message-ID: <${id}@x>`]),
    ...(references.length === 0 ? [] : [`References: ${references.map((one) => `<${one}@x>`).join(' ')}`]),
    `Subject: ${isReply ? 'Re: ' : ''}${subject}`,
    `Date: ${sent} Jan 2026 12:00:00 +0000`,
  ]);

/** Few of everything, so that it meets. */
const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g');
const letter: fc.Arbitrary<Letter> = fc.record({
  id: fc.option(id, { nil: undefined, freq: 8 }),
  references: fc.array(id, { maxLength: 4 }),
  subject: fc.constantFrom('', 'plums', 'Plums', 'apples', 'pears').map((one) => one.toLowerCase()),
  isReply: fc.boolean(),
  sent: fc.integer({ min: 1, max: 5 }),
});

describe('threads by references', () => {
  it('are those that the RFC tells of, step by step', () =>
    fc.assert(
      fc.asyncProperty(fc.array(letter, { maxLength: 9 }), async (letters) => {
        assert.equal(await threads('REFERENCES', letters.map(record)), naiveReferences(letters));
      }),
      { numRuns: 1_500 },
    ));

  it('go by Message IDs in one spelling, and by In-Reply-To where there are no references', async () => {
    const letters = [
      recordOf(1, ['Message-ID: <"a"@x>', 'Subject: one']),
      recordOf(2, ['Message-ID: <b@x>', 'In-Reply-To: Your letter <a@x> <c@x>', 'Subject: two']),
      recordOf(3, ['Message-ID: <c@x>', 'References: nothing', 'In-Reply-To: <b@x>', 'Subject: three']),
      recordOf(4, ['Message-ID: <A@x>', 'Subject: four']),
    ];
    assert.equal(await threads('REFERENCES', letters), '(1 2 3)(4)');
  });

  it('find the references of a message that came before they were looked for', async () => {
    const lines = ['Message-ID: <b@x>', 'Subject: two', 'References: <a@x>'];
    const { facts, ...old } = recordOf(2, lines);
    const { references: _, ...before } = facts;
    const bodies = {
      async *read(): AsyncGenerator<Uint8Array> {
        yield Buffer.from(lines.join('\r\n').slice(0, 40));
        yield Buffer.from(`${lines.join('\r\n').slice(40)}\r\n\r\n`);
      },
    };
    assert.equal(await threads('REFERENCES', [recordOf(1, ['Message-ID: <a@x>']), { ...old, facts: before }], bodies), '(1 2)');
  });

  for (const [shape, parentOf] of [
    ['one chain', (i: number) => i - 1],
    ['one chain, youngest first', (i: number) => i + 1],
    ['a comb', (i: number) => (i % 2 === 0 ? i - 2 : i - 1)],
    ['a star', () => 0],
  ] as const)
    it(`of 20,000 messages come out, of whatever shape: ${shape}`, async () => {
      const first = recordOf(1, ['Date: 5 Jan 2026 12:00:00 +0000']);
      const records = Array.from({ length: 20_000 }, (_, i): MessageRecord => {
        const envelope = { ...first.facts.envelope, messageId: `<${i}@x>` };
        const references = [-2, -1, 0].map((back) => `${parentOf(i + back)}@x`);
        return { ...first, uid: (i + 1) as MessageRecord['uid'], facts: { ...first.facts, envelope, references } };
      });
      const text = await threads('REFERENCES', records);
      const numbers = text.match(/\d+/g) ?? [];
      assert.equal(new Set(numbers).size, 20_000);
      assert.equal(numbers.length, 20_000);
      assert.equal(text.split('(').length, text.split(')').length);
    });

  it('tell apart no more Message IDs that are not there than they may', () => {
    const ancestry = new Ancestry(2);
    ancestry.add('a', ['x1', 'x2', 'x3', 'x4']);
    ancestry.add('b', ['x4', 'x2']);
    ancestry.add('x4', []);
    const parents = ancestry.parents();
    assert.deepEqual([0, 1, 2].map(parents.of), [3, 3, -1]);
  });
});

describe('threads by subjects', () => {
  it('have whoever was first above all others, and stand by when they began', () =>
    fc.assert(
      fc.asyncProperty(fc.array(letter, { maxLength: 9 }), async (letters) => {
        const order = letters.map((one, i) => ({ ...one, number: i + 1 })).sort((a, b) => a.sent - b.sent || a.number - b.number);
        const bySubject = Map.groupBy(order, ({ subject }) => subject);
        const told = [...bySubject.values()].map((all) => {
          const [head = 0, ...others] = all.map(({ number }) => number);
          return `(${[head, ...(others.length === 1 ? others : [])].join(' ')}${others.length > 1 ? ` ${others.map((one) => `(${one})`).join('')}` : ''})`;
        });
        assert.equal(await threads('ORDEREDSUBJECT', letters.map(record)), told.join(''));
      }),
    ));
});
