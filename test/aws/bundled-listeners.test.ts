import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { prepareImage } from '../../infra/bundle/image.ts';
import type { ServiceName } from '../../platform/aws/edge-ports.ts';
import { stageSecrets } from '../../platform/aws/stage-names.ts';
import { nodeOptionsFor, taskEnvironment } from '../../platform/aws/task-environment.ts';
import { selfSigned } from '../../platform/node/certificates.ts';
import { accountNamed } from '../harness/edge.ts';
import { mail } from '../harness/mail.ts';
import { RawClient } from '../harness/raw-client.ts';
import { endpoint, noEndpoint } from './slot-tables.ts';
import { makeStage, type WholeStage } from './whole-stage.ts';

interface Event {
  readonly event: string;
  readonly [field: string]: unknown;
}

/** What ECS has in a task beside its metadata: where the credentials of its role come from. */
async function credentialsServer(): Promise<{ readonly uri: string; readonly asked: () => number; close(): void }> {
  let asked = 0;
  const server = createServer((_, response) => {
    asked += 1;
    const Expiration = new Date(Date.now() + 6 * 3_600_000).toISOString();
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        RoleArn: 'arn:aws:iam::000000000000:role/task',
        AccessKeyId: 'test',
        SecretAccessKey: 'test',
        Token: 't',
        Expiration,
      }),
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    uri: `http://127.0.0.1:${port}/v2/credentials`,
    asked: () => asked,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** A task of a service: the image's process, where the image would be built. */
class Task {
  readonly events: Event[] = [];
  readonly ended: Promise<number | string>;
  readonly #child: ChildProcess;

  static async start(service: ServiceName, image: string, env: Readonly<Record<string, string>>): Promise<Task> {
    const task = new Task(service, image, env);
    await task.told('serving');
    return task;
  }

  private constructor(service: ServiceName, image: string, stage: Readonly<Record<string, string>>) {
    const { PATH = '', AWS_REGION = '' } = process.env;
    const anybody = { PATH, AWS_REGION, AWS_ENDPOINT_URL: endpoint ?? '', NODE_OPTIONS: nodeOptionsFor(512) };
    const own = {
      [taskEnvironment.service]: service,
      [taskEnvironment.bind]: '127.0.0.1',
      [taskEnvironment.ports]: 'random',
      [taskEnvironment.drain]: '28',
    };
    this.#child = spawn(process.execPath, ['--enable-source-maps', 'listeners.mjs'], {
      cwd: image,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...anybody, ...stage, ...own },
    });
    this.ended = once(this.#child, 'exit').then(([code, signal]) => code ?? signal);
    if (this.#child.stdout !== null)
      createInterface({ input: this.#child.stdout }).on('line', (line) => this.events.push(JSON.parse(line) as Event));
  }

  async told(event: string): Promise<Event> {
    for (;;) {
      const found = this.events.find((one) => one.event === event);
      if (found !== undefined) return found;
      if (this.#child.exitCode !== null) throw new Error(`it ended without ${event}: ${JSON.stringify(this.events)}`);
      await sleep(20);
    }
  }

  port(name: string): number {
    return Number(this.events.find(({ event }) => event === 'serving')?.[name]);
  }

  async end(): Promise<number | string> {
    this.#child.kill('SIGTERM');
    return this.ended;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

const alice = accountNamed('alice');

describe('the listeners as they are deployed', { skip: noEndpoint, timeout: 180_000 }, () => {
  let dir = '';
  let stage: WholeStage;
  let world: Awaited<ReturnType<WholeStage['open']>>;
  let credentials: Awaited<ReturnType<typeof credentialsServer>>;
  const tasks: Partial<Record<ServiceName, Task>> = {};
  const task = (service: ServiceName): Task => tasks[service] ?? assert.fail(`${service} was not started`);
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'mailweir-listeners-'));
    prepareImage(dir);
    stage = await makeStage(endpoint ?? '');
    world = await stage.open();
    await world.accounts.add(alice, await world.passwords.hash('secret'));
    const { key, certificate } = selfSigned('mail.example.org', Date.now());
    await world.secrets.put(stageSecrets.certificate, key + certificate);
    credentials = await credentialsServer();
    for (const service of ['smtp', 'mailbox'] as const) {
      tasks[service] = await Task.start(service, dir, { ...stage.env, AWS_CONTAINER_CREDENTIALS_FULL_URI: credentials.uri });
    }
  });
  after(async () => {
    for (const one of Object.values(tasks)) one.kill();
    await Promise.all(Object.values(tasks).map(({ ended }) => ended));
    credentials?.close();
    await world?.secrets.remove(stageSecrets.certificate);
    await stage?.remove();
    await rm(dir, { recursive: true, force: true });
  });

  it('open the ports of their service and no other', () => {
    const names = (service: ServiceName): readonly string[] =>
      Object.keys(task(service).events.find(({ event }) => event === 'serving') ?? {}).filter((name) => /^(smtp|msa|pop3|imap)/.test(name));
    assert.deepEqual(names('smtp'), ['smtp', 'msa', 'msa-tls']);
    assert.deepEqual(names('mailbox'), ['pop3', 'pop3-tls', 'imap', 'imap-tls']);
  });

  it("work with the credentials of the task's role", () => {
    assert.ok(credentials.asked() >= 2, 'each task asks for them');
  });

  it('answer the balancer', async () => {
    for (const service of ['smtp', 'mailbox'] as const) {
      const socket = connect({ port: task(service).port('health'), host: '127.0.0.1' });
      await once(socket, 'connect');
      socket.destroy();
    }
  });

  it("show the stage's certificate", async () => {
    const socket = connectTls({ port: task('mailbox').port('imap-tls'), host: '127.0.0.1', rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    assert.equal(socket.getPeerCertificate().subject.CN, 'mail.example.org');
    socket.destroy();
    assert.equal(
      task('mailbox').events.some(({ event }) => event === 'certificate-self-signed'),
      false,
    );
  });

  it('check a password in their own thread, and show the mailboxes of whoever logs in', async () => {
    const laptop = await RawClient.open(task('mailbox').port('imap-tls'), { tls: true });
    await laptop.until(/^\* OK .*/m);
    await laptop.ask(`a1 LOGIN ${alice} wrong\r\n`, /^a1 NO .*/m);
    await laptop.ask(`a2 LOGIN ${alice} secret\r\n`, /^a2 OK .*/m);
    const listed = await laptop.ask('a3 LIST "" *\r\n', /^a3 OK .*/m);
    assert.match(listed, /INBOX/);
    await laptop.ask('a4 SELECT INBOX\r\n', /^a4 OK .*/m);
    await laptop.ask('a5 LOGOUT\r\n', /^\* BYE .*/m);
  });

  it('take a message for an account over TLS and put it into the spool', async () => {
    const remote = await RawClient.open(task('smtp').port('smtp'));
    await remote.until(/^220 .*/m);
    await remote.ask('EHLO remote.example\r\n', /^250 .*/m);
    await remote.ask('STARTTLS\r\n', /^220 .*/m);
    await remote.startTls();
    await remote.ask('EHLO remote.example\r\n', /^250 .*/m);
    await remote.ask('MAIL FROM:<bob@elsewhere.example>\r\n', /^250 .*/m);
    await remote.ask(`RCPT TO:<${alice}>\r\n`, /^250 .*/m);
    await remote.ask('DATA\r\n', /^354 .*/m);
    remote.write(mail({ to: alice }));
    await remote.ask('.\r\n', /^250 .*/m);
    await remote.ask('QUIT\r\n', /^221 .*/m);
    const [row] = await world.spool.claimDue({ kind: 'local' }, Date.now(), { by: 'H' as never, until: Date.now() + 30_000 }, 1);
    assert.deepEqual(
      row?.recipients.map(({ address }) => address),
      [alice],
    );
  });

  it('give back their slots, leave the list of processes and end well at SIGTERM', async () => {
    const held = async (): Promise<number> => {
      const keys = await world.slotStore.list('imap/sessions', 10);
      return keys.reduce((sum, { item }) => sum + item.n, 0);
    };
    const phone = await RawClient.open(task('mailbox').port('imap-tls'), { tls: true });
    await phone.until(/^\* OK .*/m);
    assert.ok((await held()) > 0);
    const ended = Promise.all([task('smtp').end(), task('mailbox').end()]);
    assert.match(await phone.untilClosed(), /^\* BYE /m);
    assert.deepEqual(await ended, [0, 0]);
    assert.equal(await held(), 0);
    const listed = (await world.processes.all()).map(({ name }) => name);
    assert.deepEqual(listed, ['task-0'], 'they left the list of those that can be talked to');
  });
});
