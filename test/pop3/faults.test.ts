import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { Account } from '../../core/accounts/account-directory.ts';
import { MailboxGone, type MailboxStore, type MessageRecord } from '../../core/mailbox/mailbox-store.ts';
import { BodyMissing, type MessageBodies } from '../../core/mailbox/message-bodies.ts';
import type { Refused } from '../../core/observe/refused.ts';
import { type FixedValue, fixedSettings } from '../../core/settings/fixed-settings.ts';
import type { AccountId } from '../../core/values/address.ts';
import type { Refusal } from '../../core/values/refusal.ts';
import { CommandPlaces } from '../../listeners/net/command-places.ts';
import type { Ending, Session } from '../../listeners/net/session.ts';
import { createPop3 } from '../../listeners/pop3/pop3.ts';
import { systemClock } from '../../platform/node/clock.ts';
import { connected, readAll, until } from '../net/connected.ts';

const message = 'Subject: x\r\n\r\nHello.\r\n';

const facts = { structure: { encoding: '7bit', headerStart: 0, bodyStart: 14, bodyEnd: message.length } };

/** A POP3 session over a socket, with one message in the maildrop and stores that fail as a test wants. */
async function dialogue(t: TestContext, options: Options = {}) {
  const pair = await connected();
  t.after(() => pair.close());
  const locks = new Set<object>();
  const told = {
    failures: [] as string[],
    login: 0,
    /** Maildrops. */
    get locked(): number {
      return locks.size;
    },
  };
  let end: ((why: Ending) => void) | undefined;
  let over: (() => void) | undefined;
  const session = {
    protocol: 'pop3' as const,
    client: { ip: '127.0.0.1', port: 1, network: '127.0.0.1/32' },
    ending: undefined as Ending | undefined,
    onEnding: (listener: (why: Ending) => void) => {
      end = listener;
    },
    mayLogin: (_: unknown, way: unknown = 'password') =>
      way === 'certificate' || way === 'anonymous' ? { refused: 'login-disabled' } : undefined,
    login: async () => {
      if (options.login !== undefined) return options.login(++told.login);
      return { id: 'alice@example.org' as AccountId } as Account;
    },
    doing: () => {},
    onOver: (listener: () => void) => {
      over = listener;
    },
    mayAct: () => options.mayAct?.() ?? true,
  };
  const mailboxes = {
    find: async () => ({ id: 1, account: 'alice@example.org', name: 'INBOX', uidValidity: 7 }),
    sizes: async () => [{ uid: 3, size: message.length }],
    messages: async function* () {
      yield { uid: 3, flags: [], body: 'body', prefix: '', size: message.length, facts } as unknown as MessageRecord;
    },
    expunge: async () => ({ expunged: [], modseq: 1n }),
    changeFlags: async () => ({ changed: [], refused: [] }),
    ...options.mailboxes,
  };
  const bodies = {
    read: async function* () {
      yield Buffer.from(message);
    },
    ...options.bodies,
  };
  const places = new CommandPlaces(fixedSettings(options.settings ?? {}), { ...systemClock, sleep: async () => {} });
  const refused: Refused[] = [];
  const protocol = createPop3({
    mailboxes: mailboxes as unknown as MailboxStore,
    bodies: bodies as unknown as MessageBodies,
    loginTimes: { note: options.noteLogin ?? (async () => undefined) },
    settings: fixedSettings(options.settings ?? {}),
    clock: systemClock,
    log: { event: () => {}, failure: (name) => void told.failures.push(name) },
    places,
    refused: (what) => void refused.push(what),
    version: '0.0.0',
    lockMaildrop: async () => {
      const lock = {};
      locks.add(lock);
      return { release: () => void locks.delete(lock) };
    },
  });
  const dialogueOver = protocol(pair.server, session as unknown as Session);
  dialogueOver.catch(() => {}); // tests that expect it to fail look at `over`
  const conversation = readAll(pair.client);
  return {
    told,
    over: dialogueOver,
    /** Whatever its dialogue does, the session is taken for over. */
    abandon: () => over?.(),
    places,
    refused,
    say: (text: string) => void pair.client.write(text),
    hangUp: () => void pair.client.destroy(),
    endWith: (why: Ending) => {
      session.ending = why;
      end?.(why);
    },
    /** The greeting left off. */
    heard: async () => (await conversation).split('\r\n').slice(1),
  };
}

interface Options {
  readonly settings?: Record<string, FixedValue>;
  readonly mailboxes?: Record<string, unknown>;
  readonly bodies?: Record<string, unknown>;
  readonly login?: (time: number) => Promise<Account | Refusal>;
  readonly mayAct?: () => boolean;
  readonly noteLogin?: () => Promise<number | undefined>;
}

const enter = 'USER alice\r\nPASS x\r\n';

describe('when something goes wrong in a POP3 session', () => {
  it('and the deletions of QUIT fail, the client is told so, and the lock is free', async (t) => {
    const failing = { expunge: () => Promise.reject(new MailboxGone('gone')) };
    const { say, heard, told } = await dialogue(t, { mailboxes: failing });
    say(`${enter}DELE 1\r\nQUIT\r\n`);
    assert.equal((await heard())[3], '-ERR [SYS/TEMP] some deleted messages not removed');
    assert.deepEqual(told, { locked: 0, failures: ['pop3-update-failed'], login: 0 });
  });

  it('and only marking as read fails, the client hears that its deletions are done', async (t) => {
    const expunged: unknown[] = [];
    const { say, heard, told } = await dialogue(t, {
      mailboxes: {
        sizes: async () => [
          { uid: 3, size: message.length },
          { uid: 4, size: message.length },
        ],
        expunge: async (_: unknown, uids: unknown) => void expunged.push(uids),
        changeFlags: () => Promise.reject(new Error('the disk is full')),
      },
    });
    say(`${enter}RETR 1\r\nDELE 2\r\nQUIT\r\n`);
    assert.equal((await heard()).at(-2), '+OK Goodbye, 1 messages left');
    assert.deepEqual(expunged, [[{ from: 4, to: 4 }]]);
    assert.deepEqual(told, { locked: 0, failures: ['pop3-update-failed'], login: 0 });
  });

  it('and too many commands run, it hears so and may go on later', async (t) => {
    const { say, heard, places, refused } = await dialogue(t, { settings: { 'pop3/commands-per-process': 1 } });
    const busy = await places.enter('pop3');
    say('CAPA\r\nQUIT\r\n');
    await until(() => refused.length === 2, 'both to be refused');
    if (busy !== 'full') busy.leave();
    say('QUIT\r\n');
    assert.deepEqual(await heard(), [
      '-ERR [SYS/TEMP] Server too busy, try again later',
      '-ERR [SYS/TEMP] Server too busy, try again later',
      '+OK Goodbye',
      '',
    ]);
  });

  it('and a body is missing from the start, the message is told as removed', async (t) => {
    const { say, heard } = await dialogue(t, {
      bodies: {
        read: async function* () {
          yield await Promise.reject(new BodyMissing('gone'));
        },
      },
    });
    say(`${enter}RETR 1\r\nSTAT\r\nQUIT\r\n`);
    const lines = await heard();
    assert.equal(lines[2], '-ERR Message 1 was removed by another session');
    assert.equal(lines[3], `+OK 1 ${message.length}`);
  });

  it('and a body breaks off in the middle, the connection is cut without the final dot', async (t) => {
    const { say, heard, over, told } = await dialogue(t, {
      bodies: {
        read: async function* () {
          yield Buffer.from('Subject: x\r\n');
          yield await Promise.reject(new Error('the disk is broken'));
        },
      },
    });
    say(`${enter}RETR 1\r\nQUIT\r\n`);
    const lines = await heard();
    assert.ok(!lines.includes('.'), lines.join('|'));
    await assert.rejects(over, /the disk is broken/);
    assert.equal(told.locked, 0);
  });

  it('and a password cannot be checked, it may be tried again', async (t) => {
    const { say, heard, told } = await dialogue(t, {
      login: async (time) => {
        if (time === 1) throw new Error('no answer');
        return { refused: 'login-busy' };
      },
    });
    say(`${enter}${enter}QUIT\r\n`);
    const lines = await heard();
    assert.equal(lines[1], '-ERR [SYS/TEMP] Try again later');
    assert.equal(lines[3], '-ERR [SYS/TEMP] Too many logins are being checked, try again later');
    assert.deepEqual(told.failures, ['pop3-command-failed']);
  });

  it("and the maildrop cannot be read, the session ends, since it holds the account's slot", async (t) => {
    const { say, heard, told } = await dialogue(t, { mailboxes: { sizes: () => Promise.reject(new Error('no disk')) } });
    say(`${enter}STAT\r\n`);
    assert.deepEqual((await heard()).slice(1), ['-ERR [SYS/TEMP] Try again later', '']);
    assert.deepEqual(told, { locked: 0, failures: ['pop3-maildrop-failed'], login: 0 });
  });

  it('and nobody knows when the account came last, it gets in', async (t) => {
    const { say, heard, told } = await dialogue(t, {
      settings: { 'pop3/login-delay': 60 },
      noteLogin: () => Promise.reject(new Error('no answer')),
    });
    say(`${enter}STAT\r\nQUIT\r\n`);
    assert.equal((await heard())[2], `+OK 1 ${message.length}`);
    assert.deepEqual(told, { locked: 0, failures: ['pop3-login-delay-failed'], login: 0 });
  });

  it('and it logs in too soon, the session ends and the lock is free', async (t) => {
    const { say, heard, told } = await dialogue(t, { settings: { 'pop3/login-delay': 60 }, noteLogin: async () => 41_001 });
    say(`${enter}STAT\r\n`);
    assert.deepEqual((await heard()).slice(1), ['-ERR [LOGIN-DELAY] Log in again in 42 seconds, not sooner', '']);
    assert.deepEqual(told, { locked: 0, failures: [], login: 0 });
  });

  it('and the client hangs up, nothing is deleted and the lock is free', async (t) => {
    const { say, hangUp, over, told } = await dialogue(t, { mailboxes: { expunge: () => assert.fail('deleted') } });
    say(`${enter}DELE 1\r\n`);
    await new Promise((soon) => setTimeout(soon, 50));
    assert.equal(told.locked, 1);
    hangUp();
    await over;
    assert.equal(told.locked, 0);
  });

  it('and a command never ends, the maildrop is free again once the session is taken for over', async (t) => {
    const asked = Promise.withResolvers<void>();
    const { say, abandon, told } = await dialogue(t, {
      bodies: {
        read: async function* () {
          asked.resolve();
          yield await new Promise<never>(() => {});
        },
      },
    });
    say(`${enter}RETR 1\r\n`);
    await asked.promise;
    assert.equal(told.locked, 1);
    abandon();
    assert.equal(told.locked, 0);
  });

  it('and the client is silent for too long, it is closed without a word and without UPDATE', async (t) => {
    const { say, heard, told } = await dialogue(t, {
      settings: { 'pop3/idle-timeout': 0.1 },
      mailboxes: { expunge: () => assert.fail('deleted') },
    });
    say(`${enter}DELE 1\r\n`);
    assert.deepEqual((await heard()).slice(2), ['+OK Message 1 marked as deleted', '']);
    assert.equal(told.locked, 0);
  });

  it('and this process may no longer act, the command is not run', async (t) => {
    let may = true;
    const { say, heard } = await dialogue(t, { mayAct: () => may, mailboxes: { expunge: () => assert.fail('deleted') } });
    say(`${enter}DELE 1\r\n`);
    await new Promise((soon) => setTimeout(soon, 50));
    may = false;
    say('QUIT\r\n');
    assert.equal((await heard())[3], '-ERR [SYS/TEMP] Try again later');
  });

  it('and the operator ends it, goodbye comes while the client is idle', async (t) => {
    const { say, heard, endWith } = await dialogue(t);
    say(enter);
    await new Promise((soon) => setTimeout(soon, 50));
    endWith('kicked');
    assert.equal((await heard())[2], '-ERR [SYS/TEMP] Session ended by the operator');
  });
});
