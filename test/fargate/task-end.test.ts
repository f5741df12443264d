import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { drainWithin } from '../../listeners/task-end.ts';
import { drainSeconds, stopTimeout, taskEnvironment, taskOptions } from '../../platform/aws/task-environment.ts';
import { parseOwnTask, readOwnTask } from '../../platform/aws/task-metadata.ts';
import type { Ending } from './ending-process.ts';

const arn = 'arn:aws:ecs:eu-west-1:111122223333:task/mailweir/158d1c8083dd49d6b527399fd6414f5c';
const metadataOf = (DesiredStatus: string): object => ({
  TaskARN: arn,
  DesiredStatus,
  KnownStatus: 'RUNNING',
  Limits: { CPU: 0.5, Memory: 1024 },
  Containers: [{ Name: 'listener', Networks: [{ NetworkMode: 'awsvpc', IPv4Addresses: ['10.0.2.61'] }] }],
});

/** The endpoint that ECS has in a task. `says` is what it answers next. */
interface Metadata {
  says: 'RUNNING' | 'STOPPED' | 'nothing that makes sense';
  asked: number;
  readonly uri: string;
}

async function metadataServer(t: TestContext): Promise<Metadata> {
  const server: Server = createServer((request, response) => {
    metadata.asked += 1;
    const isTask = request.url === '/v4/task' && metadata.says !== 'nothing that makes sense';
    response.statusCode = isTask ? 200 : 500;
    response.end(isTask ? JSON.stringify(metadataOf(metadata.says)) : 'try again');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const metadata: Metadata = { says: 'RUNNING', asked: 0, uri: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v4` };
  return metadata;
}

interface Event {
  readonly event: string;
  readonly [field: string]: unknown;
}

class TaskProcess {
  readonly events: Event[] = [];
  readonly ended: Promise<number | string>;
  readonly #child: ChildProcess;

  static async start(t: TestContext, options: Omit<Ending, 'dataDir'>): Promise<TaskProcess> {
    const dataDir = await mkdtemp(join(tmpdir(), 'mailweir-ending-'));
    const task = new TaskProcess({ ...options, dataDir });
    t.after(async () => {
      task.signal('SIGKILL');
      await task.ended;
      await rm(dataDir, { recursive: true, force: true });
    });
    await task.told('serving');
    return task;
  }

  private constructor(ending: Ending) {
    const program = join(import.meta.dirname, 'ending-process.ts');
    this.#child = spawn(process.execPath, [program, JSON.stringify(ending)], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.ended = once(this.#child, 'exit').then(([code, signal]) => code ?? signal);
    if (this.#child.stdout !== null)
      createInterface({ input: this.#child.stdout }).on('line', (line) => this.events.push(JSON.parse(line) as Event));
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async told(event: string): Promise<Event> {
    for (;;) {
      const found = this.events.find((one) => one.event === event);
      if (found !== undefined) return found;
      if (this.#child.exitCode !== null) throw new Error(`it ended without ${event}`);
      await sleep(10);
    }
  }

  port(name: string): number {
    return Number(this.events.find(({ event }) => event === 'serving')?.[name]);
  }
}

/** A client that logged in nowhere and waits. */
class Phone {
  readonly socket: net.Socket;
  heard = '';

  static async connect(port: number): Promise<Phone> {
    const phone = new Phone(net.connect({ port, host: '127.0.0.1' }));
    while (!phone.heard.includes('\r\n')) await once(phone.socket, 'data');
    return phone;
  }

  private constructor(socket: net.Socket) {
    this.socket = socket;
    socket.setEncoding('utf8').on('data', (text: string) => {
      this.heard += text;
    });
    socket.on('error', () => {});
  }

  /** @returns the last line it heard before the connection was closed */
  async goodbye(): Promise<string | undefined> {
    if (!this.socket.closed) await once(this.socket, 'close');
    return this.heard.trim().split('\r\n').at(-1);
  }
}

const isTaken = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1' });
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });

const phonesOf = (task: TaskProcess, number: number): Promise<readonly Phone[]> =>
  Promise.all(Array.from({ length: number }, () => Phone.connect(task.port('imap'))));

describe('a task that is to go', { timeout: 120_000 }, () => {
  it('is asked about without any signal: it lets nobody in, says goodbye to each session, and ends well', async (t) => {
    const metadata = await metadataServer(t);
    // 22 s are for what comes before and after: 4 s are left to spread the goodbyes over, and 4 s for each to be heard.
    const task = await TaskProcess.start(t, { metadata: metadata.uri, window: 30_050, stopTimeout: 20_000 });
    const phones = await phonesOf(task, 6);
    assert.equal(await isTaken(task.port('health')), true);
    metadata.says = 'STOPPED';
    await task.told('draining');
    assert.equal(await isTaken(task.port('health')), false);
    assert.equal(await isTaken(task.port('imap')), false);
    for (const phone of phones) assert.match((await phone.goodbye()) ?? '', /^\* BYE /);
    assert.equal(await task.ended, 0);
  });

  it('goes on serving while its metadata can not be had, says so once, and asks again', async (t) => {
    const metadata = await metadataServer(t);
    const task = await TaskProcess.start(t, { metadata: metadata.uri, window: 20_000, stopTimeout: 20_000 });
    metadata.says = 'nothing that makes sense';
    await task.told('task-metadata-failed');
    for (const until = metadata.asked + 3; metadata.asked < until; ) await sleep(10);
    await Phone.connect(task.port('imap'));
    assert.equal(task.events.filter(({ event }) => event === 'task-metadata-failed').length, 1);
    metadata.says = 'STOPPED';
    assert.equal(await task.ended, 0);
  });

  it('does within the time of SIGTERM what is left of a longer drain', async (t) => {
    const metadata = await metadataServer(t);
    const task = await TaskProcess.start(t, { metadata: metadata.uri, window: 3_600_000, stopTimeout: 28_000 });
    const phones = await phonesOf(task, 6);
    metadata.says = 'STOPPED';
    await task.told('draining');
    task.signal('SIGTERM');
    await task.told('drain-shortened');
    for (const phone of phones) assert.match((await phone.goodbye()) ?? '', /^\* BYE /);
    assert.equal(await task.ended, 0);
  });

  it('ends by SIGTERM alone as well, and at once by a second one', async (t) => {
    const metadata = await metadataServer(t);
    const task = await TaskProcess.start(t, { metadata: metadata.uri, window: 3_600_000, stopTimeout: 3_600_000 });
    const [phone] = await phonesOf(task, 1);
    task.signal('SIGTERM');
    await task.told('draining');
    task.signal('SIGTERM');
    assert.doesNotMatch((await phone?.goodbye()) ?? '', /BYE/);
    assert.equal(await task.ended, 0);
  });
});

describe('the time of an end', () => {
  it('is shared out so that all of it fits, whatever AWS may give', () => {
    for (const seconds of [1, 20, 30, 120, 420, 720, 3720]) {
      const { spread, goodbye, hardStop, lastPatience } = drainWithin(seconds * 1000);
      assert.equal(spread + goodbye, hardStop, `${seconds} s`);
      assert.ok(hardStop + lastPatience + 15_000 <= Math.max(seconds * 1000, 20_000), `${seconds} s`);
      assert.ok(Math.min(spread, goodbye) >= 0, `${seconds} s`);
    }
    // 10 minutes of deregistration and the 2 of SIGTERM: 10:40 for the goodbyes, a minute for the last one's command.
    const minutes = drainSeconds(600) * 1000;
    assert.deepEqual(drainWithin(minutes), { spread: 640_000, goodbye: 60_000, hardStop: 700_000, lastPatience: 5_000 });
    assert.deepEqual(drainWithin(stopTimeout * 1000), { spread: 80_000, goodbye: 20_000, hardStop: 100_000, lastPatience: 5_000 });
  });
});

describe("a task's metadata", () => {
  it('tells who it is, how much memory it has, where it is, and whether it is to stop', () => {
    const running = { id: '158d1c8083dd49d6b527399fd6414f5c', isToStop: false, memory: 1024 ** 3, address: '10.0.2.61' };
    assert.deepEqual(parseOwnTask(JSON.stringify(metadataOf('RUNNING'))), running);
    assert.deepEqual(parseOwnTask(JSON.stringify(metadataOf('STOPPED'))), { ...running, isToStop: true });
    const bare = JSON.stringify({ TaskARN: arn, DesiredStatus: 'RUNNING' });
    assert.deepEqual(parseOwnTask(bare), { ...running, memory: undefined, address: undefined });
  });

  it('that is something else is no answer', () => {
    for (const text of ['', '[]', 'null', '{}', '{"TaskARN":7,"DesiredStatus":"STOPPED"}', '{"TaskARN":"a/b","Limits":3}'])
      assert.throws(() => parseOwnTask(text), text);
  });

  it('that does not end is not read for ever', async (t) => {
    const server = createServer((_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, 32)));
        response.once('drain', more);
      };
      more();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    t.after(() => {
      server.close();
      server.closeAllConnections();
    });
    const { port } = server.address() as AddressInfo;
    await assert.rejects(readOwnTask(`http://127.0.0.1:${port}`), /longer than|timeout/i);
  });
});

describe('the environment of a task', () => {
  it('says which service it is and how long its end may take; what is wrong is named', () => {
    assert.deepEqual(taskOptions({ MAILWEIR_SERVICE: 'smtp' }), { service: 'smtp', drainWindow: 120_000, bind: '0.0.0.0', ports: 'fixed' });
    const all = { MAILWEIR_SERVICE: 'mailbox', MAILWEIR_DRAIN_SECONDS: '720', MAILWEIR_BIND: '127.0.0.1', MAILWEIR_PORTS: 'random' };
    assert.deepEqual(taskOptions(all), { service: 'mailbox', drainWindow: 720_000, bind: '127.0.0.1', ports: 'random' });
    for (const [name, value] of [
      [taskEnvironment.service, 'imap'],
      [taskEnvironment.service, ''],
      [taskEnvironment.drain, '3721'],
      [taskEnvironment.drain, '1.5'],
      [taskEnvironment.ports, '143'],
    ] as const)
      assert.throws(() => taskOptions({ ...all, [name]: value }), new RegExp(name));
  });
});
