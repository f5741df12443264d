import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Mailbox, MailboxStore, MessageRecord } from '../../core/mailbox/mailbox-store.ts';
import type { MessageBodies } from '../../core/mailbox/message-bodies.ts';
import { messageFacts } from '../../core/message/parse-message.ts';
import { fixedSettings } from '../../core/settings/fixed-settings.ts';
import type { AccountId } from '../../core/values/address.ts';
import type { BodyId } from '../../core/values/ids.ts';
import { AppendRefused, AppendStream } from '../../listeners/imap/appending/append-stream.ts';
import type { Room } from '../../listeners/imap/appending/message-source.ts';
import { receiveMessages } from '../../listeners/imap/appending/receive-messages.ts';
import { LiteralUnfinished } from '../../listeners/imap/literals.ts';
import { Responses } from '../../listeners/imap/responses.ts';
import type { Authenticated } from '../../listeners/imap/state.ts';
import { nothingAgreed } from '../../listeners/imap/wire/agreed.ts';
import { parseCommand } from '../../listeners/imap/wire/parse-command.ts';
import { OctetConnection } from './octet-connection.ts';

/** Bodies in memory that tell which are still staged. */
class FewBodies implements MessageBodies {
  readonly staged = new Map<BodyId, Buffer>();
  #count = 0;

  add(octets: Buffer): BodyId {
    const id = `body ${this.#count++}` as BodyId;
    this.staged.set(id, octets);
    return id;
  }

  async stage(source: AsyncIterable<Uint8Array>) {
    const scan = messageFacts();
    const chunks: Buffer[] = [];
    for await (const chunk of source) {
      scan.write(chunk);
      chunks.push(Buffer.from(chunk));
    }
    return { id: this.add(Buffer.concat(chunks)), facts: scan.end() };
  }

  async discard({ id }: { readonly id: BodyId }): Promise<void> {
    this.staged.delete(id);
  }

  async *read(id: BodyId, from: number, to: number): AsyncGenerator<Uint8Array> {
    yield (this.staged.get(id) ?? Buffer.alloc(0)).subarray(from, to);
  }
}

const stored = Buffer.from('Subject: here\r\n\r\nOne line\r\nand another\r\n');
const alice: Authenticated = { at: 'authenticated', account: 'alice@example.org' as AccountId, agreed: nothingAgreed };

function mailboxOf(bodies: FewBodies): Pick<MailboxStore, 'find' | 'messages'> {
  const scan = messageFacts();
  scan.write(stored);
  const record = { uid: 7, body: bodies.add(stored), prefix: '', size: stored.length, facts: scan.end() } as unknown as MessageRecord;
  return {
    find: async () => ({ id: 'inbox', account: alice.account, name: 'INBOX', uidValidity: 9 }) as unknown as Mailbox,
    async *messages(_, [range]) {
      if (range?.from === 7) yield record;
    },
  };
}

interface Received {
  readonly bodies: FewBodies;
  readonly connection: OctetConnection;
  /** What the messages are, or why there are none. */
  readonly outcome: readonly string[] | Error;
}

/** Takes an APPEND as it stands on the wire. */
async function received(
  wire: Buffer,
  size: number,
  given: Pick<Room, 'ofMessage' | 'ofAll' | 'quotaHolds'> = { ofMessage: 1e6, ofAll: 1e6 },
): Promise<Received> {
  const connection = new OctetConnection(wire, size);
  const bodies = new FewBodies();
  const mailboxes = mailboxOf(bodies) as MailboxStore;
  const lines: Buffer[] = [];
  const line = await connection.readLine(65_536);
  if (line.kind === 'line') lines.push(line.bytes);
  const parsed = parseCommand(lines);
  assert.ok(parsed.kind === 'command' && parsed.command.verb === 'APPEND');
  const stream = new AppendStream(parsed.command.line, { connection: connection.asConnection(), out: new Responses(connection) });
  const ports = { mailboxes, bodies, settings: fixedSettings(), clock: { now: () => 1 } as never };
  try {
    const messages = await receiveMessages(stream, 100, { ...given, taken: 0 }, alice, ports);
    const octets = messages.map(({ body }) => bodies.staged.get(body.id)?.toString('latin1') ?? 'gone');
    return { bodies, connection, outcome: octets };
  } catch (error) {
    return { bodies, connection, outcome: error as Error };
  }
}

/** Text with CRLF line ends, as what is kept has. */
const text = fc
  .array(fc.oneof(fc.string({ unit: 'binary-ascii', maxLength: 20 }), fc.constantFrom('\xe4', '{5+}', ') URL "x"', '~{1}', ' {3}')), {
    minLength: 1,
    maxLength: 6,
  })
  .map((lines) => `${lines.map((line) => line.replace(/[\r\n\0]/g, ' ')).join('\r\n')}\r\n`);

type Part = { readonly wire: string; readonly octets: string };
type Message = { readonly wire: string; readonly octets: string };

const announced = fc.constantFrom('', '+');
const textPart = fc.tuple(text, announced, fc.constantFrom('', '~')).map(
  ([octets, plus, tilde]): Part => ({
    wire: `TEXT ${tilde}{${octets.length}${plus}}\r\n${octets}`,
    octets,
  }),
);
const utf8Part = text.map((octets): Part => ({ wire: `UTF8 (~{${octets.length}+}\r\n${octets})`, octets }));
const urlPart = fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 60 }), fc.boolean()).map(([offset, count, asLiteral]): Part => {
  const url = `/INBOX;UIDVALIDITY=9/;UID=7/;PARTIAL=${offset}.${count}`;
  return {
    wire: `URL ${asLiteral ? `{${url.length}+}\r\n${url}` : `"${url}"`}`,
    octets: stored.toString('latin1').slice(offset, offset + count),
  };
});
const catenated = fc
  .tuple(fc.array(fc.oneof(textPart, utf8Part, urlPart), { minLength: 1, maxLength: 5 }), textPart)
  .map(([some, last]): Message => {
    const parts = [...some, last];
    return { wire: `CATENATE (${parts.map(({ wire }) => wire).join(' ')})`, octets: parts.map(({ octets }) => octets).join('') };
  });
const plain = fc.tuple(text, announced, fc.constantFrom('', '~')).map(
  ([octets, plus, tilde]): Message => ({
    wire: `${tilde}{${octets.length}${plus}}\r\n${octets}`,
    octets,
  }),
);
const inUtf8 = text.map((octets): Message => ({ wire: `UTF8 (~{${octets.length}}\r\n${octets})`, octets }));
const messages = fc.array(fc.oneof(plain, inUtf8, catenated), { minLength: 1, maxLength: 5 });

/** A URL as a literal in the first line is gathered before the command is whole, which is the command reader's work. */
const isBegunByReader = (some: readonly Message[]): boolean => !/^CATENATE \((?:URL "[^"]*" )*URL \{/.test(some[0]?.wire ?? '');
const wireOf = (some: readonly Message[]): Buffer => Buffer.from(`a APPEND x ${some.map(({ wire }) => wire).join(' ')}\r\n`, 'latin1');

/** A text may end in CR and the next begin with LF, or cut a line end in two: then what is kept has one more octet. */
const likeKept = (octets: string): string => octets.replace(/(?<!\r)\n/g, '\r\n');

describe('what is appended', () => {
  it('is not received any further once there is no room for it in the quota', async () => {
    const asked: number[] = [];
    const quotaHolds = async (octets: number): Promise<boolean> => {
      asked.push(octets);
      return octets <= 20;
    };
    const wire = Buffer.from('a APPEND x {8+}\r\na: b\r\n\r\n CATENATE (TEXT {7+}\r\nx: y\r\n\n TEXT {10+}\r\n0123456789)\r\n');
    const { outcome, bodies } = await received(wire, 5, { ofMessage: 1e6, ofAll: 1e6, quotaHolds });
    assert.match(String(outcome), /OVERQUOTA/);
    assert.deepEqual(asked, [8, 15, 25]);
    assert.equal(bodies.staged.size, 1);
  });

  it('is counted as it is kept, and nothing of what is too large stays', async () => {
    const header = 'Content-Transfer-Encoding: binary\r\n\r\n';
    for (const [octets, tilde] of [
      ['a: b\n\n\n\n\n\n', ''],
      [`${header}${'\0'.repeat(300)}`, '~'],
    ] as const) {
      const wire = Buffer.from(`a APPEND x ${tilde}{${octets.length}+}\r\n${octets}\r\n`, 'latin1');
      const { outcome: all } = await received(wire, 7);
      const kept = (all as readonly string[])[0]?.length ?? 0;
      assert.ok(kept > octets.length);
      assert.deepEqual((await received(wire, 7, { ofMessage: kept, ofAll: 1e6 })).outcome, all);
      for (const ofMessage of [octets.length, kept - 1]) {
        const { outcome, bodies } = await received(wire, 7, { ofMessage, ofAll: 1e6 });
        assert.match(String(outcome), /NO \[TOOBIG\] A message may have/);
        assert.equal(bodies.staged.size, 1); // what was there before
      }
    }
  });

  it('is the messages that were sent, each the concatenation of its parts, whatever the pieces in which it comes', async () => {
    await fc.assert(
      fc.asyncProperty(messages, fc.integer({ min: 1, max: 50 }), async (some, size) => {
        fc.pre(isBegunByReader(some));
        const { outcome, connection } = await received(wireOf(some), size);
        assert.deepEqual(
          outcome,
          some.map(({ octets }) => likeKept(octets)),
        );
        assert.equal(connection.left, 0);
      }),
      { numRuns: 400 },
    );
  });

  it('leaves nothing behind when the client goes away in the middle, wherever that is', async () => {
    await fc.assert(
      fc.asyncProperty(messages, fc.nat(), async (some, where) => {
        fc.pre(isBegunByReader(some));
        const wire = wireOf(some);
        const begun = wire.indexOf('\r\n') + 2;
        const cut = begun + (where % Math.max(1, wire.length - begun));
        const { outcome, bodies } = await received(wire.subarray(0, cut), 7);
        fc.pre(outcome instanceof Error); // all that was cut off may be the last line end of a command without literals
        assert.ok(outcome instanceof LiteralUnfinished, String(outcome));
        assert.equal(bodies.staged.size, 1); // the message that was there before
      }),
      { numRuns: 300 },
    );
  });

  it('is refused with nothing kept when it is too much, and what comes all the same is passed over', async () => {
    for (const [wire, reply] of [
      ['{5+}\r\nhello {40+}\r\n', 'NO [TOOBIG] A message may have 20 octets'],
      ['{15+}\r\n123456789012345 {15+}\r\n123456789012345 {15+}\r\n', /too many octets together/],
      ['{5+}\r\nhello CATENATE (TEXT {15+}\r\n123456789012345 URL "/INBOX/;UID=7" TEXT {15+}\r\n', /^NO \[TOOBIG\] A message/],
      [Array.from({ length: 40 }, () => '{1+}\r\nx').join(' '), 'NO [TOOBIG] The messages of a command have too many octets together'],
    ] as const) {
      const { outcome, bodies } = await received(Buffer.from(`a APPEND x ${wire}`), 5, { ofMessage: 20, ofAll: 39 });
      assert.ok(outcome instanceof AppendRefused, wire);
      assert.match(outcome.reply, typeof reply === 'string' ? new RegExp(`^${reply.replace(/[[\]]/g, '\\$&')}$`) : reply);
      assert.equal(bodies.staged.size, 1);
    }
    const many = Array.from({ length: 101 }, () => '{1+}\r\nx').join(' ');
    const { outcome } = await received(Buffer.from(`a APPEND x ${many}\r\n`), 5);
    assert.equal((outcome as AppendRefused).reply, 'NO [LIMIT] 100 messages at a time, please');
    const pieces = Array.from({ length: 501 }, () => 'URL "/INBOX/;UID=7/;PARTIAL=0.1"').join(' ');
    const made = await received(Buffer.from(`a APPEND x CATENATE (${pieces})\r\n`), 5);
    assert.equal((made.outcome as AppendRefused).reply, 'NO [LIMIT] A message may be made of 500 pieces');
  });
});
