import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Health, openHealth } from '../../listeners/net/health.ts';

const quiet = { event: () => {}, failure: (name: string, error: unknown) => assert.fail(`${name}: ${String(error)}`) };

/** @returns whether a connection is taken */
async function looks(port: number): Promise<boolean> {
  const socket = net.connect({ port, host: '127.0.0.1' });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function until(port: number, wanted: boolean): Promise<void> {
  while ((await looks(port)) !== wanted) await sleep(5);
}

const open = (serves: () => boolean): Promise<Health> => openHealth({ bind: '127.0.0.1', port: 0, serves, log: quiet, lookEvery: 5 });

describe('the port that a balancer looks at', { timeout: 30_000 }, () => {
  it('takes connections while the process serves, none while it does not, and the same port again when it does', async (t) => {
    let serves = true;
    const health = await open(() => serves);
    t.after(() => health.close());
    assert.equal(await looks(health.port), true);
    serves = false;
    await until(health.port, false);
    serves = true;
    await until(health.port, true);
  });

  it('stays closed once it was closed, whatever the process says', async () => {
    const health = await open(() => true);
    health.close();
    await sleep(50); // ten looks
    assert.equal(await looks(health.port), false);
  });

  it('answers whoever asks in HTTP, and lets him go', async (t) => {
    const health = await open(() => true);
    t.after(() => health.close());
    const response = await fetch(`http://127.0.0.1:${health.port}/`);
    assert.equal(response.status, 200);
    assert.equal(await response.text(), '');
  });

  it('lets go of whoever looks and says nothing', async (t) => {
    const health = await open(() => true);
    t.after(() => health.close());
    const silent = net.connect({ port: health.port, host: '127.0.0.1' });
    silent.on('error', () => {});
    await once(silent, 'close');
  });
});
