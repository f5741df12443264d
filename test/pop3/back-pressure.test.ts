import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Mailbox, SizeRow } from '../../core/mailbox/mailbox-store.ts';
import type { Connection } from '../../listeners/net/connection.ts';
import { retr } from '../../listeners/pop3/commands/retr.ts';
import { top } from '../../listeners/pop3/commands/top.ts';
import type { Answer, Pop3Context } from '../../listeners/pop3/context.ts';
import { Maildrop } from '../../listeners/pop3/maildrop.ts';
import { sendReply } from '../../listeners/pop3/send-reply.ts';
import type { Transaction } from '../../listeners/pop3/state.ts';

const chunk = 64 * 1024; // octets that a store hands out at most
const chunks = 400; // 25 MB
const header = Buffer.from('Subject: x\r\n\r\n');

/** Lines that have to be made longer on the way, so that the most is held that can be. */
const dots = Buffer.alloc(chunk, '..............\r\n');

/** Counts octets that were read from the store and that the client has not taken. */
class Pipe {
  read = 0;
  taken = 0;
  most = 0;
  /** The client takes nothing before this resolves. */
  gate: Promise<void> = Promise.resolve();
  ended = false;

  readonly connection = {
    write: async (data: string | Uint8Array): Promise<void> => {
      this.most = Math.max(this.most, this.read - this.taken);
      await this.gate;
      await new Promise((later) => setImmediate(later));
      this.taken += data.length;
    },
  } as unknown as Connection;

  readonly body = async function* (this: Pipe): AsyncGenerator<Uint8Array> {
    try {
      for (let i = 0; i < chunks; i++) {
        const octets = i === 0 ? header : dots;
        this.read += octets.length;
        yield octets;
      }
    } finally {
      this.ended = true;
    }
  }.bind(this);
}

async function asked(run: (state: Transaction, context: Pop3Context) => Answer | Promise<Answer>, pipe: Pipe, utf8: boolean) {
  const size = header.length + (chunks - 1) * chunk;
  const structure = { encoding: '7bit', headerStart: 0, bodyStart: header.length, bodyEnd: size };
  const record = { uid: 1, flags: [], body: 'body', prefix: '', size, facts: { structure } };
  const context = {
    mailboxes: {
      messages: async function* () {
        yield record;
      },
    },
    bodies: { read: pipe.body },
  } as unknown as Pop3Context;
  const maildrop = new Maildrop({ id: 1, uidValidity: 1 } as unknown as Mailbox, [{ uid: 1, size } as unknown as SizeRow], () => {});
  const [, reply] = await run({ at: 'transaction', maildrop, utf8 }, context);
  return reply;
}

describe('a message of 25 MB to a client that reads slowly', () => {
  for (const [mode, utf8] of [
    ['as it is', true],
    ['with its header in ASCII', false],
  ] as const) {
    it(`${mode} is never held whole: four chunks of it at most are under way`, async () => {
      const pipe = new Pipe();
      const reply = await asked((state, context) => retr({ verb: 'RETR', message: 1 }, state, context), pipe, utf8);
      await sendReply(pipe.connection, reply);
      assert.ok(pipe.taken > chunks * chunk, 'it went out whole, dots doubled');
      assert.ok(pipe.most <= 4 * chunk, `${pipe.most} octets were under way`);
      assert.ok(pipe.most > 0);
    });
  }

  it('is read no further while the client takes nothing', async () => {
    const pipe = new Pipe();
    const { promise, resolve } = Promise.withResolvers<void>();
    pipe.gate = promise;
    const sent = sendReply(
      pipe.connection,
      await asked((state, context) => retr({ verb: 'RETR', message: 1 }, state, context), pipe, false),
    );
    for (let turn = 0; turn < 200; turn++) await new Promise((later) => setImmediate(later));
    assert.ok(pipe.read <= 4 * chunk, `${pipe.read} octets were read`);
    resolve();
    await sent;
    assert.ok(pipe.ended);
  });

  it('is read no further than TOP asks for, and let go of', async () => {
    const pipe = new Pipe();
    await sendReply(
      pipe.connection,
      await asked((state, context) => top({ verb: 'TOP', message: 1, lines: 5 }, state, context), pipe, false),
    );
    assert.ok(pipe.read <= 4 * chunk);
    assert.ok(pipe.ended);
  });

  it('whose client is gone is let go of', async () => {
    const pipe = new Pipe();
    const reply = await asked((state, context) => retr({ verb: 'RETR', message: 1 }, state, context), pipe, false);
    pipe.gate = Promise.reject(new Error('gone'));
    await assert.rejects(sendReply(pipe.connection, reply), /gone/);
    assert.ok(pipe.ended);
  });
});
