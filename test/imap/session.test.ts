import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { BodyMissing } from '../../core/mailbox/message-bodies.ts';
import { append, ask, message, type OpenImap, openImap } from './open-imap.ts';

describe('an IMAP session', () => {
  let edge: OpenImap;
  before(async () => {
    edge = await openImap();
  });
  after(() => edge.close());
  afterEach(() => {
    edge.knobs.fenced = false;
    delete edge.knobs.login;
    delete edge.knobs.mayLogin;
  });

  it('says goodbye between commands when the server drains, out of IDLE too', async () => {
    const [phone, laptop] = [await edge.logIn('phone'), await edge.logIn('laptop')];
    await ask(phone, 'a1 SELECT INBOX');
    await phone.ask('a2 IDLE', '+ idling');
    edge.endAll('draining');
    for (const client of [phone, laptop]) {
      await client.expect('* BYE [UNAVAILABLE] *');
      await client.expectClosed();
    }
  });

  it('does not begin a command once its process is fenced', async () => {
    const phone = await edge.logIn();
    edge.knobs.fenced = true;
    phone.send('a1 CREATE Fenced');
    await phone.expect('* BYE [UNAVAILABLE] *');
    await phone.expectClosed();
    assert.equal(
      (await edge.world.mailboxes.list((await edge.world.accounts.list())[0]?.id as never)).some((one) => one.name === 'Fenced'),
      false,
    );
  });

  it('tells apart a server that is busy from a wrong password', async () => {
    const phone = await edge.connect();
    edge.knobs.login = { refused: 'login-busy' };
    await phone.ask('a1 LOGIN alice secret', 'a1 NO [UNAVAILABLE] *');
    edge.knobs.login = { refused: 'store-unavailable' };
    await phone.ask('a2 LOGIN alice secret', 'a2 NO [UNAVAILABLE] Try again later');
    edge.knobs.login = { refused: 'account-full', used: 20, limit: 20 };
    await phone.ask('a3 LOGIN alice secret', 'a3 NO [LIMIT] Too many logins for this user (20 of 20)');
  });

  it('says what it is doing', async () => {
    const phone = await edge.logIn();
    const mine = edge.doings.at(-1);
    await ask(phone, 'a1 SELECT INBOX');
    assert.equal(mine?.doing, 'in INBOX');
    await phone.ask('a2 IDLE', '+ idling');
    assert.equal(mine?.doing, 'IDLE INBOX');
  });

  it('answers NIL and goes on when a body is gone before it was begun', async () => {
    const phone = await edge.logIn();
    await append(phone, 'Junk', message('gone'));
    await ask(phone, 'a1 SELECT Junk');
    const { read } = edge.world.bodies;
    edge.world.bodies.read = () => {
      throw new BodyMissing('gone');
    };
    try {
      assert.deepEqual(await ask(phone, 'a2 FETCH 1 BODY.PEEK[]'), ['* 1 FETCH (BODY[] NIL)', 'a2 OK FETCH completed']);
    } finally {
      edge.world.bodies.read = read;
    }
  });

  it('closes rather than let a cut body pass for the rest of the dialogue', async () => {
    const phone = await edge.logIn();
    await append(phone, 'Trash', message('cut'));
    await ask(phone, 'a1 SELECT Trash');
    const { read } = edge.world.bodies;
    edge.world.bodies.read = async function* () {
      yield Buffer.from('From: ');
    };
    try {
      const lines = await ask(phone, 'a2 FETCH 1 BODY.PEEK[]');
      assert.ok(lines.every((line) => !line.startsWith('a2 ')));
      assert.equal(phone.isClosed, true);
    } finally {
      edge.world.bodies.read = read;
    }
  });

  it('goes on after a failure of the store, which is logged', async () => {
    const phone = await edge.logIn();
    const { list } = edge.world.mailboxes;
    edge.world.mailboxes.list = async () => {
      throw new Error('disk on fire');
    };
    const logged = edge.failures.length;
    await phone.ask('a1 LIST "" *', 'a1 NO [UNAVAILABLE] Try again later');
    edge.world.mailboxes.list = list;
    assert.equal(edge.failures.length, logged + 1);
    await phone.ask('a2 NOOP', 'a2 OK *');
  });

  it('ends when nothing comes for too long', async () => {
    const hasty = await openImap({ 'imap/idle-timeout': 1, 'login/time': 1 });
    try {
      const [phone, stranger] = [await hasty.logIn('phone'), await hasty.connect('stranger')];
      const laptop = await hasty.logIn('laptop');
      await laptop.ask('a1 IDLE', '+ idling');
      await phone.expect('* BYE Idle for too long');
      await stranger.expect('* BYE Login took too long');
      await laptop.expect('* BYE Idle for too long');
      for (const client of [phone, stranger, laptop]) await client.expectClosed();
    } finally {
      await hasty.close();
    }
  });
});
