import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { MailboxId } from '../../core/values/ids.ts';
import { openTalk, type Talk } from '../../platform/aws/talk/talk.ts';
import { systemClock } from '../../platform/node/clock.ts';
import { fileStage } from './file-stage.ts';
import { KeptLog, until } from './memory-stage.ts';

const inbox = 'inbox' as MailboxId;
const program = join(import.meta.dirname, 'peer-process.ts');

describe('two processes on loopback', { timeout: 60_000 }, () => {
  let directory = '';
  let talk: Talk;
  let peer: ChildProcess;
  let heard = 0;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'mailweir-talk-'));
    const stage = fileStage(directory);
    const options = { processes: stage, watchers: stage, clock: systemClock, log: new KeptLog(), random: Math.random };
    talk = await openTalk({ name: 'here', listen: { host: '127.0.0.1', port: 0 }, ...options });
    peer = spawn(process.execPath, [program, directory, 'there', inbox], { stdio: ['ignore', 'pipe', 'inherit'] });
    peer.stdout?.setEncoding('utf8').on('data', (text: string) => {
      heard += text.split('\n').length - 1;
    });
    await until(() => heard > 0); // it watches
  });
  after(async () => {
    if (peer.exitCode === null && peer.signalCode === null) {
      const exit = once(peer, 'exit');
      peer.kill('SIGKILL');
      await exit;
    }
    await talk.close();
    await rm(directory, { recursive: true, force: true });
  });

  const answering = async (): Promise<readonly unknown[]> =>
    (await talk.ask({ ask: 'process' }, { except: 'here', within: 300 })).map(({ process }) => process);

  it('hear of each other’s changes and answer each other', async () => {
    const before = heard;
    talk.teller.tell(inbox, await fileStage(directory).watchersOf(inbox));
    await until(() => heard > before);
    assert.deepEqual(await talk.ask({ ask: 'process' }), [{ process: 'there', holder: 'H', mayAct: true, sessions: {}, commands: {} }]);
  });

  it('leave out one that stands still, and go on with it when it moves again', async () => {
    peer.kill('SIGSTOP');
    assert.deepEqual(await answering(), []);
    talk.teller.tell(inbox, await fileStage(directory).watchersOf(inbox)); // waits for nobody
    peer.kill('SIGCONT');
    let found: readonly unknown[] = [];
    while (found.length === 0) found = await answering();
    assert.deepEqual(found, ['there']);
  });

  it('leave out one that was killed, which is still listed', async () => {
    const exit = once(peer, 'exit');
    peer.kill('SIGKILL');
    await exit;
    assert.equal((await fileStage(directory).all()).length, 2);
    assert.deepEqual(await answering(), []);
    talk.teller.tell(inbox, await fileStage(directory).watchersOf(inbox));
    assert.deepEqual(await answering(), []);
  });
});
