import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { MailboxGone } from '../../core/mailbox/mailbox-store.ts';
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

  it('takes the longest ID there may be, before the login too (RFC 2971 section 3.3)', async () => {
    const phone = await edge.connect();
    const fields = Array.from({ length: 30 }, (_, i) => `"${String(i).padStart(30, 'f')}" "${'v'.repeat(1_024)}"`);
    await ask(phone, `a1 ID (${fields.join(' ')})`);
  });

  it('answers a command that is far too long by its tag, and goes on', async () => {
    const phone = await edge.connect();
    await phone.ask(`a1 LOGIN alice ${'x'.repeat(70_000)}`, 'a1 BAD A command may have 32768 octets');
    await ask(phone, 'a2 NOOP');
  });

  it('tells one who was too slow to log in why it must go, in the middle of AUTHENTICATE too', async () => {
    const [phone, laptop] = [await edge.connect('phone'), await edge.connect('laptop')];
    await laptop.ask('b1 AUTHENTICATE PLAIN', '+ ');
    edge.endAll('login-too-slow');
    await laptop.expect('b1 NO [UNAVAILABLE] *');
    for (const client of [phone, laptop]) {
      await client.expect('* BYE Login took too long');
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

  it('closes rather than let an answer follow half a FETCH response', async () => {
    const phone = await edge.logIn();
    await append(phone, 'Drafts', message('torn'));
    await ask(phone, 'a1 SELECT Drafts');
    const { read } = edge.world.bodies;
    edge.world.bodies.read = () => {
      throw new Error('disk on fire');
    };
    try {
      const lines = await ask(phone, 'a2 FETCH 1 (FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])');
      assert.deepEqual(lines, []);
      assert.equal(phone.isClosed, true);
    } finally {
      edge.world.bodies.read = read;
    }
  });

  it('has not marked as seen what it did not come to tell', async () => {
    const phone = await edge.logIn();
    await ask(phone, 'a1 CREATE Many');
    for (let i = 0; i < 120; i++) await append(phone, 'Many', message(`no. ${i}`));
    await ask(phone, 'a2 SELECT Many');
    const { read } = edge.world.bodies;
    let reads = 0;
    edge.world.bodies.read = (...args) => {
      if (++reads > 60) throw new Error('disk on fire');
      return read(...args);
    };
    try {
      await ask(phone, 'a3 FETCH 1:* BODY[TEXT]');
      assert.equal(phone.isClosed, true);
    } finally {
      edge.world.bodies.read = read;
    }
    const laptop = await edge.logIn('laptop');
    assert.deepEqual((await ask(laptop, 'b1 STATUS Many (UNSEEN)'))[0], '* STATUS Many (UNSEEN 20)');
    await ask(laptop, 'b2 SELECT Many');
    const lines = await ask(laptop, 'b3 FETCH 1:* BODY[TEXT]');
    assert.equal(lines.filter((line) => /^\* \d+ FETCH/.test(line)).length, 120);
    assert.equal(lines.filter((line) => /FLAGS \(\\Seen/.test(line)).length, 20);
  });

  it('says of a message that was appended that it was, though the news after it fail, and tells them later', async () => {
    const phone = await edge.logIn();
    await ask(phone, 'a1 CREATE News');
    await ask(phone, 'a2 SELECT News');
    for (const method of ['changesSince', 'claimRecent'] as const) {
      const works = edge.world.mailboxes[method];
      Object.assign(edge.world.mailboxes, { [method]: () => Promise.reject(new Error('disk on fire')) });
      const logged = edge.failures.length;
      assert.match(await append(phone, 'News', message(method)), /^ap OK \[APPENDUID /);
      Object.assign(edge.world.mailboxes, { [method]: works });
      assert.equal(edge.failures.length, logged + 1);
      const [exists, recent] = await ask(phone, 'a3 NOOP');
      assert.match(exists ?? '', method === 'changesSince' ? /^\* 1 EXISTS$/ : /^\* 2 EXISTS$/);
      assert.match(recent ?? '', method === 'changesSince' ? /^\* 1 RECENT$/ : /^\* 2 RECENT$/);
    }
  });

  it('takes no line of a message for a command, though the mail can not be looked at when it comes', async () => {
    const phone = await edge.logIn();
    await ask(phone, 'a1 CREATE Drafts2');
    await ask(phone, 'a2 SELECT Drafts2');
    await append(phone, 'Drafts2', message('draft'));
    const { find } = edge.world.mailboxes;
    const text = 'x1 CREATE Evil\r\n';
    await ask(phone, 'a2 NOOP');
    for (const command of ['APPEND Drafts2', 'REPLACE 1 Drafts2']) {
      edge.world.mailboxes.find = () => Promise.reject(new Error('disk on fire'));
      phone.sendRaw(`a3 ${command} {${text.length}+}\r\n${text}\r\n`);
      await phone.expect('a3 NO [UNAVAILABLE] *');
      edge.world.mailboxes.find = find;
      await phone.ask('a4 NOOP', 'a4 OK *');
    }
  });

  it('has nothing selected after a SELECT that failed', async () => {
    const phone = await edge.logIn();
    await ask(phone, 'a1 SELECT INBOX');
    const { contents } = edge.world.mailboxes;
    edge.world.mailboxes.contents = () => Promise.reject(new Error('disk on fire'));
    assert.match((await ask(phone, 'a2 SELECT Sent')).at(-1) ?? '', /^a2 NO \[UNAVAILABLE\]/);
    edge.world.mailboxes.contents = () => Promise.reject(new MailboxGone('deleted'));
    assert.match((await ask(phone, 'a3 SELECT Sent')).at(-1) ?? '', /^a3 NO \[NONEXISTENT\]/);
    edge.world.mailboxes.contents = contents;
    await phone.ask('a4 CHECK', 'a4 BAD *');
  });

  it('gives a message that comes while two sessions select its mailbox to one of them as recent', async () => {
    const [phone, laptop] = [await edge.logIn('phone'), await edge.logIn('laptop')];
    await ask(laptop, 'b1 CREATE Busy');
    await append(laptop, 'Busy', message('first'));
    const { contents } = edge.world.mailboxes;
    edge.world.mailboxes.contents = async (mailbox) => {
      edge.world.mailboxes.contents = contents;
      await append(laptop, 'Busy', message('second')); // after the phone's claim
      return contents(mailbox);
    };
    const told = (await ask(phone, 'a1 SELECT Busy')).find((line) => line.endsWith('RECENT'));
    assert.equal(told, '* 1 RECENT');
    assert.ok((await ask(laptop, 'b2 SELECT Busy')).includes('* 1 RECENT'));
    assert.deepEqual((await ask(phone, 'a2 FETCH 1:2 FLAGS')).slice(0, 2), ['* 1 FETCH (FLAGS (\\Recent))', '* 2 FETCH (FLAGS ())']);
    assert.deepEqual((await ask(laptop, 'b3 FETCH 1:2 FLAGS')).slice(0, 2), ['* 1 FETCH (FLAGS ())', '* 2 FETCH (FLAGS (\\Recent))']);
  });

  it('stops a search whose client has vanished, and one whose session must end', async (t) => {
    const apart = await openImap({ 'imap/merge-identical': false });
    t.after(() => apart.close());
    const { read } = apart.world.bodies;
    let reading = 0;
    const [phone, laptop] = [await apart.logIn('phone'), await apart.logIn('laptop')];
    await ask(phone, 'a1 CREATE Large');
    for (let i = 0; i < 12; i++) await append(phone, 'Large', message(`no. ${i}`));
    for (const client of [phone, laptop]) await ask(client, 'a2 EXAMINE Large');
    apart.world.bodies.read = async function* () {
      reading += 1;
      await new Promise((resolve) => setTimeout(resolve, 300)); // twelve such: longer than it takes to find out
      yield Buffer.from('nothing of the kind');
    };
    try {
      for (const client of [phone, laptop]) client.send('a3 SEARCH TEXT needle');
      await until(() => reading === 2);
      phone.vanish();
      apart.endAll('kicked');
      await laptop.expect('* BYE Session ended by the operator');
      await laptop.expectClosed();
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      const before = reading;
      await new Promise((resolve) => setTimeout(resolve, 700));
      assert.equal(reading, before);
    } finally {
      apart.world.bodies.read = read;
    }
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

async function until(isSo: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 10_000; !isSo(); ) {
    assert.ok(Date.now() < deadline, 'waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
