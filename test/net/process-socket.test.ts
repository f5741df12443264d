import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { RefusalFacts, SessionFacts, SettingFacts } from '../../core/observe/process-facts.ts';
import type { SlotKey } from '../../core/slots/slot-store.ts';
import type { AccountId } from '../../core/values/address.ts';
import type { SessionId } from '../../core/values/ids.ts';
import type { Network } from '../../core/values/network.ts';
import { askProcesses } from '../../platform/embedded/ask-processes.ts';
import { fellowProcesses } from '../../platform/embedded/fellow-processes.ts';
import { openProcessSocket } from '../../platform/embedded/process-socket.ts';
import { answersWith } from './answers.ts';

const session: SessionFacts = {
  id: 'S1',
  protocol: 'imap',
  address: '::1',
  account: 'a@b.c',
  since: 1,
  doing: 'IDLE',
  process: process.pid,
};
const setting: SettingFacts = { name: 'imap/sessions', value: '4', origin: 'option', process: process.pid };
const refusal: RefusalFacts = {
  protocol: 'imap',
  scope: 'account',
  refused: 'account-full',
  observed: false,
  network: '192.0.2.7/32' as Network,
  account: 'a@b.c' as AccountId,
  used: 4,
  limit: 4,
  count: 3,
  last: 5,
  process: process.pid,
};
const alice = 'alice@example.org' as AccountId;

async function temporary(t: { after(run: () => Promise<void>): void }): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'mailweir-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** What a process answers to these octets. */
async function said(dataDir: string, request: string): Promise<readonly unknown[]> {
  const socket = net.connect({ path: join(dataDir, 'run', `${process.pid}.sock`) });
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  socket.write(request);
  await once(socket, 'close');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe('the socket of a process', () => {
  for (const depth of [0, 150]) {
    it(`answers who is connected and what is in force, in a data directory with a path ${depth === 0 ? 'like any other' : 'too long for a socket'}`, async (t) => {
      const dataDir = join(await temporary(t), 'x'.repeat(depth));
      await mkdir(dataDir, { recursive: true });
      const slots = { key: 'imap/sessions', held: 2, process: 7 };
      const whole = { process: 7, holder: 'H', mayAct: true, storeDownSince: 9, sessions: { imap: 2 }, commands: { imap: 1 } };
      const connected = [session, { ...session, id: 'S2' }];
      const answers = answersWith({
        sessions: () => connected,
        settings: () => [setting],
        slots: () => [slots],
        refusals: () => [refusal],
        process: () => [whole],
      });
      const socket = await openProcessSocket(dataDir, answers);
      assert.deepEqual(await askProcesses(dataDir, { ask: 'sessions' }), connected);
      assert.deepEqual(await askProcesses(dataDir, { ask: 'settings' }), [setting]);
      assert.deepEqual(await askProcesses(dataDir, { ask: 'slots' }), [slots]);
      assert.deepEqual(await askProcesses(dataDir, { ask: 'refusals' }), [refusal]);
      assert.deepEqual(await askProcesses(dataDir, { ask: 'process' }), [whole]);
      assert.deepEqual(await askProcesses(dataDir, { ask: 'process' }, { except: process.pid }), []);
      assert.equal((await stat(join(dataDir, 'run'))).mode & 0o777, 0o700);
      await socket.close();
      assert.deepEqual(await readdir(join(dataDir, 'run')), []);
      assert.deepEqual(await askProcesses(dataDir, { ask: 'sessions' }), []);
    });
  }

  it('passes on what is asked with, and tells whether it was done', async (t) => {
    const dataDir = await temporary(t);
    const asked: unknown[] = [];
    const socket = await openProcessSocket(
      dataDir,
      answersWith({
        resting: ({ account }) => [{ id: account as string as SessionId, idling: true, restedFor: 5, process: 7 }],
        kick: ({ session: id }) => [{ done: asked.push(id) > 0, process: 7 }],
        replace: () => [{ done: false, process: 7 }],
        spare: ({ key }) => [{ done: asked.push(key) > 0, process: 7 }],
      }),
    );
    t.after(() => socket.close());
    const [resting] = await askProcesses(dataDir, { ask: 'resting', account: alice });
    assert.deepEqual(resting, { id: alice, idling: true, restedFor: 5, process: 7 });
    assert.deepEqual(await askProcesses(dataDir, { ask: 'kick', session: 'S1' as SessionId }), [{ done: true, process: 7 }]);
    assert.deepEqual(await askProcesses(dataDir, { ask: 'replace', session: 'S1' as SessionId }), [{ done: false, process: 7 }]);
    await askProcesses(dataDir, { ask: 'spare', key: 'imap/sessions' as SlotKey });
    assert.deepEqual(asked, ['S1', 'imap/sessions']);
  });

  it('says what is wrong with a request, does nothing for it, and is not ended by a question that fails', async (t) => {
    const dataDir = await temporary(t);
    const broken = (): never => {
      throw new Error('no such luck');
    };
    const socket = await openProcessSocket(dataDir, answersWith({ kick: broken, spare: broken, resting: broken, sessions: broken }));
    t.after(() => socket.close());
    const end = { end: true };
    for (const [request, fault] of [
      ['{"ask":"sessions"', 'a request is one line of JSON: {"ask":"sessions"}'],
      ['{"ask":"weather"}', 'there is no request "weather"'],
      ['{}', 'there is no request null'],
      ['{"ask":"toString"}', 'there is no request "toString"'],
      ['{"ask":"resting","account":"alice"}', 'resting takes account: an address like "alice@example.org"'],
      ['{"ask":"kick","session":"../x"}', 'kick takes session: the id of one'],
      ['{"ask":"replace"}', 'replace takes session: the id of one'],
      ['{"ask":"spare","key":7}', 'spare takes key: a slot key like "imap/sessions"'],
      [`{"ask":"spare","key":"imap/${'x'.repeat(500)}"}`, 'spare takes key: a slot key like "imap/sessions"'],
      ['{"ask":"sessions"}', 'sessions failed: Error: no such luck'],
    ] as const) {
      assert.deepEqual(await said(dataDir, `${request}\n`), [{ fault }, end]);
    }
    assert.deepEqual(await said(dataDir, `{"ask":"${'x'.repeat(5000)}`), [{ fault: 'a request takes at most 4096 characters' }, end]);
    assert.deepEqual(await askProcesses(dataDir, { ask: 'settings' }), []);
  });

  it('is removed when its process is dead', async (t) => {
    const dataDir = await temporary(t);
    await mkdir(join(dataDir, 'run'));
    await writeFile(join(dataDir, 'run', '4194999.sock'), ''); // above the highest pid of Linux
    assert.deepEqual(await askProcesses(dataDir, { ask: 'sessions' }), []);
    assert.deepEqual(await readdir(join(dataDir, 'run')), []);
  });
});

describe('the fellows of a process', () => {
  it('never hold it up: itself it does not ask, and one that stands still is left out', async (t) => {
    const dataDir = await temporary(t);
    const self = await openProcessSocket(dataDir, answersWith({ resting: () => assert.fail('asked itself') }));
    t.after(() => self.close());
    const parent = join(dataDir, 'run', `${process.ppid}.sock`); // a process that lives, and never answers
    const resting = { id: 'S1' as SessionId, idling: true, restedFor: 1, process: process.ppid };
    const silent = net.createServer((socket) => socket.write(`${JSON.stringify(resting)}\n{"id"`)).listen(parent);
    await once(silent, 'listening');
    t.after(() => silent.close());
    const failures: string[] = [];
    const fellows = fellowProcesses(dataDir, { event: () => {}, failure: (name) => void failures.push(name) });
    assert.deepEqual(await fellows.resting(alice), [resting], 'what came in time counts');
    assert.equal(await fellows.replace(resting), false);
    assert.deepEqual(failures, []);
  });
});
