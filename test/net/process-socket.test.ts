import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { SessionFacts, SettingFacts } from '../../core/observe/process-facts.ts';
import { askProcesses } from '../../platform/embedded/ask-processes.ts';
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

describe('the socket of a process', () => {
  for (const depth of [0, 150]) {
    it(`answers who is connected and what is in force, in a data directory with a path ${depth === 0 ? 'like any other' : 'too long for a socket'}`, async (t) => {
      const root = await mkdtemp(join(tmpdir(), 'mailweir-'));
      t.after(() => rm(root, { recursive: true, force: true }));
      const dataDir = join(root, 'x'.repeat(depth));
      await mkdir(dataDir, { recursive: true });
      const slots = { key: 'imap/sessions', held: 2, process: 7 };
      const connected = [session, { ...session, id: 'S2' }];
      const socket = await openProcessSocket(
        dataDir,
        answersWith({ sessions: () => connected, settings: () => [setting], slots: () => [slots] }),
      );
      const found = await askProcesses(dataDir, { ask: 'sessions' });
      assert.deepEqual(found, [session, { ...session, id: 'S2' }]);
      assert.deepEqual(await askProcesses(dataDir, { ask: 'settings' }), [setting]);
      assert.deepEqual(await askProcesses(dataDir, { ask: 'slots' }), [slots]);
      assert.equal((await stat(join(dataDir, 'run'))).mode & 0o777, 0o700);
      await socket.close();
      assert.deepEqual(await readdir(join(dataDir, 'run')), []);
      assert.deepEqual(await askProcesses(dataDir, { ask: 'sessions' }), []);
    });
  }

  it('is removed when its process is dead', async (t) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'mailweir-'));
    t.after(() => rm(dataDir, { recursive: true, force: true }));
    await mkdir(join(dataDir, 'run'));
    await writeFile(join(dataDir, 'run', '4194999.sock'), ''); // above the highest pid of Linux
    assert.deepEqual(await askProcesses(dataDir, { ask: 'sessions' }), []);
    assert.deepEqual(await readdir(join(dataDir, 'run')), []);
  });
});
