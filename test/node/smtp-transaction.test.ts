import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SinkScript } from './scripted-sink.ts';
import { broken, mail, patient, refuseSome, scene, short, three } from './smtp-exchange.ts';

for (const offers of [['PIPELINING'], []]) {
  describe(`a transaction ${offers.length === 0 ? 'without' : 'with'} PIPELINING`, () => {
    it('hands a message to all recipients, with its dots doubled', async (t) => {
      const { sink, connection } = await scene(t, { offers });
      const results = await connection.send(mail({ to: three }));
      assert.deepEqual(short(results), ['ann has it: 250 2.0.0 taken', 'bob has it: 250 2.0.0 taken', 'cat has it: 250 2.0.0 taken']);
      assert.deepEqual(sink.messages, ['Subject: hello\r\n\r\n..dot\r\n']);
      assert.deepEqual(connection.takeDialogue(), [
        ...(offers.length > 0
          ? [
              '> MAIL FROM:<alice@example.org>',
              ...three.map((to) => `> RCPT TO:<${to}>`),
              '> DATA',
              '< 250 2.1.0 ok',
              ...three.map(() => '< 250 2.1.5 ok'),
            ]
          : [
              '> MAIL FROM:<alice@example.org>',
              '< 250 2.1.0 ok',
              ...three.flatMap((to) => [`> RCPT TO:<${to}>`, '< 250 2.1.5 ok']),
              '> DATA',
            ]),
        '< 354 go on',
        '> (message, 28 octets)',
        '< 250 2.0.0 taken',
      ]);
    });

    it('gives each recipient its own answer', async (t) => {
      const { sink, connection } = await scene(t, { offers, on: refuseSome });
      const results = await connection.send(mail({ to: three }));
      assert.deepEqual(short(results), ['ann never: 550 5.1.1 no ann', 'bob later: 451 4.2.0 bob is busy', 'cat has it: 250 2.0.0 taken']);
      assert.equal(sink.messages.length, 1);
    });

    it('gives all the answer to MAIL when that is a refusal', async (t) => {
      const on = (verb: string, _line: string, nth: number): string | undefined => {
        if (verb === 'MAIL' && nth === 0) return '550 5.7.1 not from you';
        return verb === 'RCPT' && nth < 3 && offers.length > 0 ? '503 5.5.1 MAIL first' : undefined;
      };
      const { sink, connection } = await scene(t, {
        offers,
        on: (verb, line, nth) => on(verb, line, nth) ?? (verb === 'DATA' && nth === 0 && offers.length > 0 ? '503 5.5.1 no' : undefined),
      });
      const results = await connection.send(mail({ to: three }));
      assert.deepEqual(
        short(results),
        ['ann', 'bob', 'cat'].map((name) => `${name} never: 550 5.7.1 not from you`),
      );
      assert.deepEqual([sink.messages, connection.usable], [[], true]);
      assert.deepEqual(short(await connection.send(mail())), ['bob has it: 250 2.0.0 taken']);
    });

    it('gives all the answer to MAIL when that is a refusal and the host goes', async (t) => {
      const on = (verb: string) => (verb === 'MAIL' ? { last: '550 5.7.1 not from you' } : undefined);
      const { sink, connection } = await scene(t, { offers, on });
      const results = await connection.send(mail({ to: three.slice(1) }));
      assert.deepEqual(short(results), ['bob never: 550 5.7.1 not from you', 'cat never: 550 5.7.1 not from you']);
      assert.deepEqual(sink.messages, []);
    });

    it('sends no message when every recipient is refused, and resets before the next', async (t) => {
      let refuses = true;
      const on = (verb: string): string | undefined => {
        if (verb === 'RCPT' && refuses) return '550 5.1.1 nobody';
        return verb === 'DATA' && refuses ? '503 5.5.1 RCPT first' : undefined;
      };
      const { sink, connection } = await scene(t, { offers, on });
      assert.deepEqual(short(await connection.send(mail({ to: three.slice(1) }))), [
        'bob never: 550 5.1.1 nobody',
        'cat never: 550 5.1.1 nobody',
      ]);
      refuses = false;
      assert.deepEqual(short(await connection.send(mail())), ['bob has it: 250 2.0.0 taken']);
      assert.equal(sink.messages.length, 1);
      assert.equal(sink.lines.filter((line) => line === 'RSET').length, 1);
    });

    it('gives those who were accepted the answer to DATA, when that is a refusal', async (t) => {
      const on = (verb: string, line: string): string | undefined => (verb === 'DATA' ? '451 4.3.0 disk full' : refuseSome(verb, line));
      const { connection } = await scene(t, { offers, on });
      const results = await connection.send(mail({ to: three }));
      assert.deepEqual(short(results), [
        'ann never: 550 5.1.1 no ann',
        'bob later: 451 4.2.0 bob is busy',
        'cat later: 451 4.3.0 disk full',
      ]);
      assert.equal(connection.usable, true);
    });

    it('gives those who were accepted the answer to the message', async (t) => {
      const { connection } = await scene(t, {
        offers,
        on: (verb, line) => (verb === '.' ? ['554-5.6.0 too', '554 5.6.0 ugly'] : refuseSome(verb, line)),
      });
      const results = await connection.send(mail({ to: three }));
      assert.equal(short(results)[2], 'cat never: 554 5.6.0 too ugly');
      assert.equal(connection.usable, true);
    });

    for (const verb of ['MAIL', 'RCPT', 'DATA', '.']) {
      it(`is put off by a 421 to ${verb}, and the connection is over`, async (t) => {
        const { connection } = await scene(t, { offers, on: (said) => (said === verb ? { last: '421 4.3.2 closing' } : undefined) });
        const results = await connection.send(mail({ to: three }));
        assert.deepEqual(
          short(results),
          ['ann', 'bob', 'cat'].map((name) => `${name} later: 421 4.3.2 closing`),
        );
        assert.equal(connection.usable, false);
      });

      it(`is broken when the connection is dropped at ${verb}`, async (t) => {
        const { connection } = await scene(t, { offers, on: (said) => (said === verb ? 'drop' : undefined) });
        assert.equal((await broken(connection, mail({ to: three }))).afterData, verb === '.');
      });

      it(`is broken when ${verb} is not answered in time`, async (t) => {
        const inTime = { ...patient, ...(verb === '.' ? { silence: 200 } : { command: 200, data: 200 }) };
        const { connection } = await scene(t, { offers, on: (said) => (said === verb ? 'silence' : undefined) }, inTime);
        const error = await broken(connection, mail({ to: three }));
        assert.deepEqual(
          [error.afterData, /^no reply to (MAIL|RCPT|DATA|the message) within 0\.2 s$/.test(error.message)],
          [verb === '.', true],
          error.message,
        );
      });
    }

    it('keeps what it was told of the first recipients when a 421 comes behind it', async (t) => {
      const on = (verb: string, line: string): ReturnType<NonNullable<SinkScript['on']>> =>
        line.includes('bob') ? { last: '421 4.7.0 enough' } : refuseSome(verb, line);
      const { connection } = await scene(t, { offers, on });
      assert.deepEqual(short(await connection.send(mail({ to: three }))), [
        'ann never: 550 5.1.1 no ann',
        'bob later: 421 4.7.0 enough',
        'cat later: 421 4.7.0 enough',
      ]);
    });

    it('is broken by a success that nobody asked for', async (t) => {
      const { connection } = await scene(t, { offers, on: (verb) => (verb === 'DATA' ? '250 taken, whatever it is' : undefined) });
      assert.equal((await broken(connection, mail())).afterData, false);
    });

    it('ends at an answer that comes before the end of the message', async (t) => {
      const { connection } = await scene(t, {
        offers,
        on: (verb) => (verb === 'DATA' ? { first: '354 go on', next: '552 5.3.4 too much already' } : undefined),
      });
      const endless = async function* (): AsyncGenerator<Uint8Array> {
        for (;;) yield Buffer.from('x'.repeat(998).concat('\r\n'));
      };
      const results = await connection.send(mail({ read: endless }));
      assert.deepEqual(short(results), ['bob never: 552 5.3.4 too much already']);
      assert.equal(connection.usable, false);
    });
  });
}
