import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import { openEmbeddedWorld } from '../../platform/embedded/world.ts';
import type { Client } from '../harness/client.ts';
import { accountNamed, type Edge, openEdge, startEdge } from '../harness/edge.ts';
import { mail, mailOfSize } from '../harness/mail.ts';

async function loggedIn(edge: Edge, name = 'phone'): Promise<Client> {
  const client = await edge.client('pop3', { name });
  await client.expect('+OK *');
  await client.ask('USER alice@example.org', '+OK *');
  await client.ask('PASS secret', '+OK *');
  return client;
}

const digest = (octets: string | Uint8Array): string =>
  createHash('sha256')
    .update(typeof octets === 'string' ? Buffer.from(octets, 'latin1') : octets)
    .digest('hex');

const retrieved = async (client: Client): Promise<string> => (await client.multiline()).map((line) => `${line}\r\n`).join('');

describe('a POP3 session', () => {
  let edge: Edge;
  before(async () => {
    edge = await openEdge();
  });
  after(() => edge.stop());
  beforeEach(async () => {
    await edge.reset();
    await edge.addAccount('alice');
  });

  it('hands out a large message octet for octet, its Return-Path before it, with the size it told', async () => {
    const nasty = ['.', '..', `.${'x'.repeat(997)}`, 'ü'.repeat(499), '', '.'].flatMap((line) => Array<string>(2000).fill(line));
    const message = mail({ body: nasty });
    const prefix = 'Return-Path: <bob@elsewhere.example>\r\n';
    await edge.deliver('alice', message, { prefix });
    const phone = await loggedIn(edge);
    await phone.ask('LIST 1', `+OK 1 ${prefix.length + message.length}`);
    await phone.ask('RETR 1', `+OK ${prefix.length + message.length} octets`);
    assert.equal(digest(await retrieved(phone)), digest(Buffer.concat([Buffer.from(prefix), message])));
    await phone.ask('NOOP', '+OK *');
  });

  it('waits for a client that reads slowly, and serves others meanwhile', async () => {
    await edge.addAccount('bob');
    const message = mailOfSize(8_000_000);
    await edge.deliver('alice', message);
    const phone = await loggedIn(edge);
    phone.pause();
    phone.send('RETR 1');
    const laptop = await edge.client('pop3', { name: 'laptop' });
    await laptop.expect('+OK *');
    await laptop.ask('USER bob@example.org', '+OK *');
    await laptop.ask('PASS secret', '+OK *');
    phone.resume();
    await phone.expect('+OK 8000000 octets');
    assert.equal(digest(await retrieved(phone)), digest(message));
  });

  it('lists many messages', async () => {
    const { bodies, mailboxes } = edge.world;
    const { id } = await edge.mailbox('alice');
    const body = await bodies.stage(
      (async function* () {
        yield mail();
      })(),
    );
    const same = Array.from({ length: 5000 }, () => ({ body, prefix: '', flags: [], internalDate: 0 }));
    await mailboxes.append(id, same);
    const phone = await loggedIn(edge);
    await phone.ask('UIDL', '+OK *');
    const ids = (await phone.multiline()).map((line) => line.split(' ')[1] ?? '');
    assert.equal(new Set(ids).size, 5000);
    for (const one of [ids[0], ids[4999]]) assert.match(one ?? '', /^[\x21-\x7e]{1,70}$/);
    for (let i = 1; i <= 5000; i++) phone.send(`DELE ${i}`);
    for (let i = 1; i <= 5000; i++) await phone.expect(`+OK Message ${i} marked as deleted`);
    await phone.ask('QUIT', '+OK Goodbye, 0 messages left');
    assert.equal((await mailboxes.status(id)).messages, 0);
  });

  it('gives no unique id twice, whatever becomes of INBOX', async () => {
    const { mailboxes } = edge.world;
    const account = accountNamed('alice');
    const given = new Set<string>();
    const uniqueIds = async (): Promise<readonly string[]> => {
      const phone = await loggedIn(edge);
      await phone.ask('UIDL', '+OK *');
      const ids = (await phone.multiline()).map((line) => line.split(' ')[1] ?? '');
      await phone.ask('QUIT', '+OK *');
      return ids;
    };
    for (const deed of ['nothing', 'rename', 'expunge all', 'rename', 'move back'] as const) {
      const before = new Set(await uniqueIds());
      const inbox = await edge.mailbox('alice');
      if (deed === 'rename') assert.equal(await mailboxes.rename(account, 'INBOX', `Old/${given.size}`), 'renamed');
      if (deed === 'expunge all') await mailboxes.expunge(inbox.id, [{ from: 1, to: 0xffff_ffff }], true);
      if (deed === 'move back') {
        const old = (await mailboxes.list(account)).find(({ name }) => name.startsWith('Old/'))?.mailbox;
        assert.ok(old !== undefined);
        await mailboxes.move(old.id, [{ from: 1, to: 0xffff_ffff }], inbox.id, true);
      }
      for (const subject of ['One', 'Two']) await edge.deliver('alice', mail({ subject }));
      const ids = await uniqueIds();
      assert.deepEqual(await uniqueIds(), ids, 'the same in each session');
      for (const id of ids.filter((one) => !before.has(one))) {
        assert.ok(!given.has(id), `${id} came again behind: ${deed}`);
        given.add(id);
      }
    }
    assert.ok(given.size >= 10);
  });

  it('shares INBOX with an IMAP session', async () => {
    await edge.deliver('alice', mail({ subject: 'Shared' }));
    const laptop = await edge.client('imap', { name: 'laptop' });
    await laptop.expect('* OK *');
    laptop.send('a1 LOGIN alice secret');
    await laptop.expect('a1 OK *', new Map(), (line) => line.startsWith('*'));
    laptop.send('a2 SELECT INBOX');
    await laptop.expect('a2 OK *', new Map(), (line) => line.startsWith('*'));
    const phone = await loggedIn(edge);
    await phone.ask('DELE 1', '+OK *');
    await phone.ask('QUIT', '+OK *');
    laptop.send('a3 NOOP');
    await laptop.expect('* 1 EXPUNGE', new Map(), (line) => line.startsWith('*') && !line.startsWith('a3'));
  });
});

describe('a POP3 session of a server that drains', () => {
  it('gets a goodbye between commands, and nothing is deleted', async (t) => {
    const edge = await startEdge(t);
    await edge.deliver('alice', mail());
    const phone = await loggedIn(edge);
    await phone.ask('DELE 1', '+OK *');
    const { id } = await edge.mailbox('alice');
    const drained = edge.process.drain();
    await phone.expect('-ERR [SYS/TEMP] Server is shutting down, try again later');
    await phone.expectClosed();
    await drained;
    const world = await openEmbeddedWorld({ dataDir: edge.dataDir });
    const { messages } = await world.mailboxes.status(id);
    await world.close();
    assert.equal(messages, 1);
  });
});
