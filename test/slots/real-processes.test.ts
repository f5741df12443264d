import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, afterEach, before, describe, it } from 'node:test';

const lease = 1_600; // ms instead of 40 s

class Child {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(file: string, key: string, limit: number) {
    const script = join(import.meta.dirname, 'child-process.ts');
    this.#process = spawn(process.execPath, [script, file, key, String(limit), String(lease)], { stdio: ['ignore', 'pipe', 'inherit'] });
    if (this.#process.stdout === null) throw new Error('no output');
    this.#lines = createInterface(this.#process.stdout)[Symbol.asyncIterator]();
  }

  async line(): Promise<string> {
    return (await this.#lines.next()).value ?? 'end';
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name);
  }

  async end(name: NodeJS.Signals): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exit = once(this.#process, 'exit');
    this.#process.kill(name);
    await exit;
  }
}

describe('real processes over one slots file', { timeout: 60_000 }, () => {
  let directory = '';
  const children: Child[] = [];
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'mailweir-slots-'));
  });
  afterEach(() => Promise.all(children.splice(0).map((child) => child.end('SIGKILL'))));
  after(() => rm(directory, { recursive: true }));

  const start = (key: string, limit: number): Child => {
    const child = new Child(join(directory, 'slots.db'), key, limit);
    children.push(child);
    return child;
  };

  it('share a limit exactly, and take over what a killed one held once its lease is over', async () => {
    const [first, second, third] = [start('a', 60), start('a', 60), start('a', 60)];
    const held = await Promise.all([first, second, third].map(async (child) => Number(await child.line())));
    assert.equal(
      held.reduce((sum, one) => sum + one),
      60,
    );
    await Promise.all([first, second, third].map((child) => child.end('SIGKILL')));
    const died = performance.now();
    let back = 0;
    while (back < 60 && performance.now() - died < 15_000) {
      const next = start('a', 60);
      back = Number(await next.line());
      if (back < 60) await next.end('SIGTERM');
    }
    assert.equal(back, 60);
  });

  it('give slots back at once when they are ended politely', async () => {
    const first = start('b', 7);
    assert.equal(await first.line(), '7');
    await first.end('SIGTERM');
    assert.equal(await start('b', 7).line(), '7');
  });

  it('that were stopped for longer than their lease give up what others took meanwhile', async () => {
    const first = start('c', 3);
    assert.equal(await first.line(), '3');
    first.signal('SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, lease + 200));
    const second = start('c', 3);
    assert.equal(await second.line(), '3');
    first.signal('SIGCONT');
    assert.equal(await first.line(), '0 may act');
  });
});
