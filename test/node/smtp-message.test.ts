import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Address } from '../../core/values/address.ts';
import { sinkCertificate } from './scripted-sink.ts';
import { broken, mail, scene, short, three } from './smtp-exchange.ts';

describe('an envelope', () => {
  it('goes out in one write with PIPELINING', async (t) => {
    const { sink, connection } = await scene(t);
    await connection.send(mail({ to: three }));
    assert.ok(sink.pieces.some((piece) => piece.startsWith('MAIL ') && piece.endsWith('DATA\r\n') && piece.split('\r\n').length === 6));
  });

  it('that was refused as a whole though DATA was taken ends with an empty message for nobody, whose answer is nobody’s', async (t) => {
    const { sink, connection } = await scene(t, { on: (verb) => (verb === 'RCPT' ? '550 5.1.1 nobody' : undefined) });
    assert.deepEqual(short(await connection.send(mail())), ['bob never: 550 5.1.1 nobody']);
    assert.deepEqual([sink.messages, connection.usable], [[''], true]);
  });

  it('that was refused for its sender though DATA was taken ends the connection', async (t) => {
    const { sink, connection } = await scene(t, { on: (verb) => (verb === 'MAIL' ? '550 5.7.1 not you' : undefined) });
    assert.deepEqual(short(await connection.send(mail())), ['bob never: 550 5.7.1 not you']);
    assert.deepEqual([sink.messages, connection.usable], [[], false]);
  });

  it('tells the size, the body and the wishes of the sender to a host that knows them', async (t) => {
    const { sink, connection } = await scene(t, { offers: ['PIPELINING', 'SIZE 1000', 'DSN', '8BITMIME', 'SMTPUTF8'] });
    const results = await connection.send(
      mail({
        declared: { eightBit: true, utf8: true },
        reports: { return: 'headers', envelopeId: 'QQ=1 +2' },
        to: [
          { address: 'bob@example.net' as Address, notify: ['success', 'delay'], original: 'rfc822;bob+x=1@example.net' },
          { address: 'jörg@exämple.net' as Address, notify: 'never', original: 'utf-8;jörg@exämple.net' },
          'cat@example.net',
        ],
      }),
    );
    assert.ok(results.every((one) => one.result === 'accepted' && one.relayed !== true));
    assert.deepEqual(sink.lines.slice(1, 5), [
      'MAIL FROM:<alice@example.org> SIZE=24 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=QQ+3D1+20+2B2',
      'RCPT TO:<bob@example.net> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;bob+2Bx+3D1@example.net',
      'RCPT TO:<j\xc3\xb6rg@xn--exmple-cua.net> NOTIFY=NEVER ORCPT=utf-8;j\\x{F6}rg@ex\\x{E4}mple.net',
      'RCPT TO:<cat@example.net>',
    ]);
  });

  it('says nothing of them to a host that does not, and the result says who has to report', async (t) => {
    const { sink, connection } = await scene(t);
    const to = [{ address: 'bob@example.net' as Address, notify: ['success'] as const, original: 'rfc822;bob@example.net' }];
    const [result] = await connection.send(mail({ to, reports: { return: 'full', envelopeId: 'x' } }));
    assert.deepEqual(result, { address: 'bob@example.net', result: 'accepted', reply: '250 2.0.0 taken', relayed: true });
    assert.deepEqual(sink.lines.slice(1, 3), ['MAIL FROM:<alice@example.org>', 'RCPT TO:<bob@example.net>']);
  });

  it('is not sent for a message larger than the host takes', async (t) => {
    const { sink, connection } = await scene(t, { offers: ['SIZE 23'] });
    assert.deepEqual(short(await connection.send(mail())), ['bob never: 5.3.4 the message is larger than the host takes']);
    assert.deepEqual([sink.lines.length, connection.usable], [1, true]);
  });

  it('with an address in Unicode is for hosts that know SMTPUTF8; the others get theirs', async (t) => {
    const { connection } = await scene(t);
    assert.deepEqual(short(await connection.send(mail({ to: ['jörg@example.net', 'bob@exämple.net'] }))), [
      'bob has it: 250 2.0.0 taken',
      'jörg never: 5.6.7 the host does not take internationalized mail (SMTPUTF8)',
    ]);
  });

  it('has no more recipients and domains than the host takes: the message goes out several times', async (t) => {
    const { sink, connection } = await scene(t, { offers: ['PIPELINING', 'LIMITS RCPTMAX=3 RCPTDOMAINMAX=2'] });
    const to = ['a@one.example', 'b@two.example', 'c@three.example', 'd@one.example', 'e@one.example', 'f@three.example'];
    const results = await connection.send(mail({ to }));
    assert.deepEqual(new Set(results.map(({ address }) => address)), new Set(to));
    const spoken = sink.lines.map((line) => /<(.)@/.exec(line)?.[1] ?? line[0]).join('');
    assert.equal(spoken, 'EMabdDMcefD');
    assert.equal(sink.messages.length, 2);
  });

  it('has at most 100 recipients when the host does not say how many it takes', async (t) => {
    const { sink, connection } = await scene(t);
    const results = await connection.send(mail({ to: Array.from({ length: 101 }, (_, i) => `${i}@example.net`) }));
    assert.equal(results.filter(({ result }) => result === 'accepted').length, 101);
    assert.equal(sink.messages.length, 2);
  });

  it('counts for MAILMAX, and what is left over is for another connection', async (t) => {
    const { connection } = await scene(t, { offers: ['LIMITS MAILMAX=2 RCPTMAX=1'] });
    assert.equal(connection.usable, true);
    assert.deepEqual(short(await connection.send(mail({ to: three }))), [
      'ann has it: 250 2.0.0 taken',
      'bob has it: 250 2.0.0 taken',
      'cat later: 4.5.3 the host takes no more transactions over this connection',
    ]);
    assert.equal(connection.usable, false);
  });

  it('that is lost behind another one of the same message leaves that one’s results', async (t) => {
    const { connection } = await scene(t, {
      offers: ['LIMITS RCPTMAX=1'],
      on: (verb, _line, nth) => (verb === '.' && nth === 1 ? 'drop' : undefined),
    });
    const results = await connection.send(mail({ to: three }));
    assert.deepEqual(
      results.map((one) => (one.result === 'accepted' ? 'has it' : [one.permanent, one.unsure])),
      ['has it', [false, true], [false, undefined]],
    );
  });
});

describe('a message that needs TLS all the way', () => {
  const offers = ['STARTTLS', 'REQUIRETLS', 'PIPELINING'];
  const needsTls = mail({ requireTls: true });
  const refusal = ['bob never: 5.7.30 REQUIRETLS support required'];

  it('goes to a host that has the right certificate and offers the same', async (t) => {
    const { sink, connection } = await scene(t, { offers }, { trusted: [sinkCertificate.certificate] });
    assert.deepEqual(short(await connection.send(needsTls)), ['bob has it: 250 2.0.0 taken']);
    assert.ok(sink.lines.includes('MAIL FROM:<alice@example.org> REQUIRETLS'));
  });

  it('goes nowhere else', async (t) => {
    const strange = await scene(t, { offers }); // TLS, and who it is nobody knows
    assert.deepEqual(short(await strange.connection.send(needsTls)), refusal);
    const without = await scene(t, { offers: ['STARTTLS'] }, { trusted: [sinkCertificate.certificate] });
    assert.deepEqual(short(await without.connection.send(needsTls)), refusal);
    const plain = await scene(t, { offers: ['REQUIRETLS'] });
    assert.deepEqual(short(await plain.connection.send(needsTls)), refusal);
  });

  it('as a report goes there all the same, rather than nowhere', async (t) => {
    const without = await scene(t, { offers: ['STARTTLS'] }, { trusted: [sinkCertificate.certificate] });
    assert.deepEqual(short(await without.connection.send({ ...needsTls, reversePath: '' })), ['bob has it: 250 2.0.0 taken']);
    assert.ok(without.sink.lines.includes('MAIL FROM:<>'));
  });
});

describe('the octets of a message', () => {
  it('go out with CRLF, dots doubled, whatever their pieces', async (t) => {
    const { sink, connection } = await scene(t);
    const pieces = ['.', 'a\r', '\n.', '.b\n', '.\r', '.c\r\n.\r\n', '', '.', '\r\n', 'end'];
    const read = async function* (): AsyncGenerator<Uint8Array> {
      for (const piece of pieces) yield Buffer.from(piece);
    };
    await connection.send(mail({ read }));
    assert.deepEqual(sink.messages, ['..a\r\n...b\r\n..\r\n..c\r\n..\r\n..\r\nend\r\n']);
    await connection.send(mail({ text: '' }));
    assert.equal(sink.messages[1], '');
  });

  it('that the host does not take in time end the connection, and it surely did not take the message', async (t) => {
    const { connection } = await scene(t, { stopsReading: true }, { block: 100, silence: 30_000 });
    const large = async function* (): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 1_000; i++) yield Buffer.from('x'.repeat(998).concat('\r\n').repeat(64));
    };
    const error = await broken(connection, mail({ read: large }));
    assert.deepEqual([error.afterData, error.message], [false, 'the message was not taken for 0.1 s']);
  });

  it('that are still here when the time is over were surely not taken, though the last of them was handed to the socket', async (t) => {
    const { connection } = await scene(t, { stopsReading: true }, { silence: 300, command: 60_000, data: 60_000, block: 60_000 });
    const error = await broken(connection, mail({ text: 'x'.repeat(998).concat('\r\n').repeat(40_000) }));
    assert.deepEqual([error.afterData, error.message], [false, 'no reply to the message within 0.3 s']);
  });

  it('that came too slowly, all in all, end it too', async (t) => {
    const { connection } = await scene(t, { stopsReading: true }, { whole: () => 50 });
    const large = async function* (): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 1_000; i++) yield Buffer.from('x'.repeat(998).concat('\r\n').repeat(64));
    };
    assert.equal((await broken(connection, mail({ read: large }))).message, 'the transaction took too long');
  });

  it('that can not be read are nobody else’s fault: the error is passed on, and the connection closed', async (t) => {
    const { sink, connection } = await scene(t);
    const read = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('Subject: half\r\n');
      throw new Error('no such file');
    };
    await assert.rejects(connection.send(mail({ read })), (error) => error instanceof Error && error.message === 'no such file');
    assert.deepEqual([connection.usable, sink.messages], [false, []]);
  });

  it('are not in the dialogue, which is bounded', async (t) => {
    const { connection } = await scene(t, { on: (verb) => (verb === 'RCPT' ? `250 ${'very '.repeat(80)}ok` : undefined) });
    await connection.send(mail({ to: Array.from({ length: 60 }, (_, i) => `${i}@example.net`), text: 'Subject: private\r\n\r\n' }));
    const dialogue = connection.takeDialogue();
    assert.ok(dialogue.join('\n').length < 8_500, String(dialogue.join('\n').length));
    assert.deepEqual([dialogue[0], dialogue.at(-2)], ['> MAIL FROM:<alice@example.org>', '> (message, 23 octets)']);
    assert.ok(dialogue.some((line) => /^\(\d+ lines left out\)$/.test(line)));
    assert.ok(!dialogue.some((line) => line.includes('private')));
  });
});

describe('8-bit text', () => {
  const declared = { eightBit: true, utf8: false };

  it('goes as it is to a host that takes it, and converted to one that does not', async (t) => {
    const text = 'Subject: x\r\nContent-Type: text/plain; charset=utf-8\r\nMIME-Version: 1.0\r\n\r\nGr\xc3\xbc\xc3\x9fe an alle Leute\r\n';
    const modern = await scene(t, { offers: ['8BITMIME', 'SIZE'] });
    await modern.connection.send(mail({ declared, text }));
    assert.deepEqual([modern.sink.messages, modern.sink.lines[1]], [[text], 'MAIL FROM:<alice@example.org> SIZE=97 BODY=8BITMIME']);
    const old = await scene(t, { offers: ['SIZE'] });
    await old.connection.send(mail({ declared, text }));
    const converted = text
      .replace('1.0\r\n', '1.0\r\nContent-Transfer-Encoding: quoted-printable\r\n')
      .replace('\xc3\xbc\xc3\x9f', '=C3=BC=C3=9F');
    assert.deepEqual([old.sink.messages, old.sink.lines[1]], [[converted], `MAIL FROM:<alice@example.org> SIZE=${converted.length}`]);
  });

  it('that was only declared goes as it is', async (t) => {
    const { sink, connection } = await scene(t);
    await connection.send(mail({ declared }));
    assert.deepEqual(sink.messages, ['Subject: hello\r\n\r\n..dot\r\n']);
  });

  it('that can not be converted, or is too large then, is refused', async (t) => {
    const old = await scene(t, { offers: ['SIZE 100'] });
    const signed = 'Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\n\xe4\r\n--b--\r\n';
    assert.match(short(await old.connection.send(mail({ declared, text: signed }))).join(), /^bob never: 5\.6\.3 conversion required/);
    const long = await old.connection.send(mail({ declared, text: `\r\n${'\xe4'.repeat(90)}` }));
    assert.deepEqual(short(long), ['bob never: 5.3.4 the message is larger than the host takes']);
    assert.deepEqual(old.sink.lines, ['EHLO mail.example.org']);
  });
});
