import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defaultPassword } from '../harness/edge.ts';
import { mail, mailOfSize } from '../harness/mail.ts';
import { add, factsFor, inbox, keepSecret, run, setUp, subjects } from './collecting-edge.ts';

describe('collecting', () => {
  it('brings what is new into INBOX, once, and leaves it on the server', async (t) => {
    const { server, edge } = await setUp(t);
    server.put('alice', 'one', mail({ subject: 'one' }));
    await add(edge.world, factsFor(server));
    assert.equal((await run(edge)).lastRun.result, 'done');
    const dots = mail({ subject: 'two', body: ['.', '..dots', '.end'] });
    server.put('alice', 'two', dots);
    const { lastRun, collected } = await run(edge);
    assert.deepEqual([lastRun.result, lastRun.listed, lastRun.collected, collected], ['done', 2, 1, 2]);
    const [one = '', two = '', ...more] = await inbox(edge);
    assert.deepEqual(more, []);
    assert.match(one, /^Return-Path: <>\r\nReceived: from 127\.0\.0\.1 \(\[127\.0\.0\.1\]\)\s+by mail\.example\.org with POP3 id\s+\w+/);
    assert.ok(one.endsWith(mail({ subject: 'one' }).toString()));
    assert.ok(two.endsWith(dots.toString()));
    assert.deepEqual([server.retrieved, server.deleted], [['alice one', 'alice two'], []]);
    assert.deepEqual(edge.failures, []);
  });

  it('deletes there what is safe here, when it is to', async (t) => {
    const { server, edge } = await setUp(t);
    for (const uidl of ['one', 'two', 'three']) server.put('alice', uidl, mail({ subject: uidl }));
    await add(edge.world, factsFor(server, { keep: 0 }));
    const { lastRun } = await run(edge);
    assert.deepEqual([lastRun.result, lastRun.collected, lastRun.deleted], ['done', 3, 3]);
    assert.deepEqual([server.deleted, server.maildrops.get('alice')], [['one', 'two', 'three'], []]);
    // A server may give a name again once its message is gone.
    server.put('alice', 'one', mail({ subject: 'another one' }));
    assert.equal((await run(edge)).lastRun.collected, 1);
    assert.deepEqual(await subjects(edge), ['one', 'two', 'three', 'another one']);
  });

  it('takes large messages in a stream, and leaves those that are larger than smtp/message-size', async (t) => {
    const { server, edge } = await setUp(t, {}, { 'smtp/message-size': '1MB' });
    server.put('alice', 'huge', mailOfSize(1_200_000));
    server.put('alice', 'large', mailOfSize(900_000));
    await add(edge.world, factsFor(server, { keep: 0 }));
    const { lastRun } = await run(edge);
    assert.deepEqual([lastRun.collected, lastRun.tooLarge, lastRun.deleted], [1, 1, 1]);
    assert.ok((await inbox(edge))[0]?.endsWith(mailOfSize(900_000).toString()));
    assert.deepEqual(
      server.maildrops.get('alice')?.map(({ uidl }) => uidl),
      ['huge'],
    );
  });

  it('makes line ends whole on the way', async (t) => {
    const { server, edge } = await setUp(t);
    server.put('alice', 'bare', Buffer.from('Subject: bare\n\rX: y\r\n\r\na\nb\rc\r\n'));
    await add(edge.world, factsFor(server));
    await run(edge);
    assert.ok((await inbox(edge))[0]?.endsWith('Subject: bare\r\n\r\nX: y\r\n\r\na\r\nb\r\nc\r\n'));
  });

  it('takes out what claims in our name that the sender was checked', async (t) => {
    const { server, edge } = await setUp(t);
    const forged = 'Authentication-Results: mail.example.org;\r\n\tdmarc=pass header.from=bank.example\r\n';
    const honest = 'Authentication-Results: mx.elsewhere.example; spf=fail\r\n';
    const text = 'From: ceo@bank.example\r\nSubject: x\r\n\r\n';
    server.put('alice', 'forged', Buffer.from(`${forged}${honest}${forged}${text}${forged}`));
    await add(edge.world, factsFor(server));
    assert.equal((await run(edge)).lastRun.collected, 1);
    const [message = ''] = await inbox(edge);
    assert.ok(message.endsWith(`\r\n${honest}${text}${forged}`)); // of the body nothing goes
    assert.equal(message.split('mail.example.org;').length, 2);
  });

  it('reads another Mailweir', async (t) => {
    const { edge } = await setUp(t);
    const { edge: other } = await setUp(t);
    for (const subject of ['first', 'second']) await other.deliver('alice', mail({ subject, body: ['.', '..', ''] }));
    await keepSecret(edge.dataDir, defaultPassword);
    await add(edge.world, factsFor({ port: other.port('pop3') }, { user: 'alice@example.org', keep: 0 }));
    const { lastRun } = await run(edge);
    assert.deepEqual([lastRun.result, lastRun.collected, lastRun.deleted], ['done', 2, 2]);
    assert.ok((await inbox(edge))[1]?.endsWith(mail({ subject: 'second', body: ['.', '..', ''] }).toString()));
    assert.deepEqual(await inbox(other), []);
  });
});
