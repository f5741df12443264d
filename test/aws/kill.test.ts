import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { taskEnvironment } from '../../platform/aws/task-environment.ts';
import { anybody } from '../deploy/cdk.ts';
import { ImapClient, password } from '../deploy/dialogues.ts';
import { ListenerTask } from '../deploy/listener-task.ts';
import { SentMail } from '../durability/senders.ts';
import { accountNamed } from '../harness/edge.ts';
import { mail } from '../harness/mail.ts';
import { endpoint, noEndpoint } from './slot-tables.ts';
import { makeStage, type WholeStage } from './whole-stage.ts';

const alice = accountNamed('alice');
const kills = Number(process.env.MAILWEIR_KILLS ?? 4);
const senders = 3;
const root = join(import.meta.dirname, '../..');
/** Addresses of this run's tasks. */
const network = `127.${randomInt(32, 224)}.${randomInt(256)}`;
const busyWithin = 20_000; // ms
const patience = 120_000; // ms: claims of a process that died are over after 30 s

describe(`a stage whose processes are killed ${kills} times at random moments`, { skip: noEndpoint, timeout: 300_000 }, () => {
  let stage: WholeStage;
  let world: Awaited<ReturnType<WholeStage['open']>>;
  let smtp: ListenerTask;
  let mailbox: ListenerTask;
  let delivering: ChildProcess;
  const sent = new SentMail();
  const filed = new SentMail();

  before(async () => {
    stage = await makeStage(endpoint ?? '');
    world = await stage.open();
    await world.accounts.add(alice, await world.passwords.hash(password));
    await world.settings.write(new Map([['smtp/sessions-per-address', '0']]));
    await startAll();
  });
  after(async () => {
    await killAll();
    await stage?.remove();
  });

  it('loses no message that it took, and has each once', async (t) => {
    for (let kill = 0; kill < kills; kill += 1) {
      const round = { over: false };
      const place = { host: smtp.address, port: smtp.at('smtp').port };
      const working = Promise.all([
        ...Array.from({ length: senders }, (_, at) => sent.sendUntilDead(place, `${kill}-${at}`, [alice], round)),
        fileUntilDead(mailbox, `${kill}-filed`, round),
      ]);
      await untilBusy({ sent: sent.accepted.size, filed: filed.accepted.size });
      await sleep(Math.random() * 1_500);
      await killAll();
      round.over = true;
      await working;
      await startAll();
    }
    const offered = sent.offered.union(filed.offered);
    const accepted = sent.accepted.union(filed.accepted);
    const held = await untilHeld(accepted);
    t.diagnostic(`${accepted.size} messages were taken, ${held.length} are in INBOX, ${offered.size} were offered`);
    assert.ok(sent.accepted.size > kills && filed.accepted.size > 0, 'the senders got through often enough to prove something');
    assert.deepEqual(
      [...accepted].filter((id) => !held.includes(id)),
      [],
      'taken but not there',
    );
    assert.equal(new Set(held).size, held.length, 'no message is there twice');
    assert.deepEqual(
      held.filter((id) => !offered.has(id)),
      [],
      'there but never sent',
    );
  });

  /** Until something of both kinds was taken, so that a slow machine proves as much as a fast one. */
  async function untilBusy(before: { readonly sent: number; readonly filed: number }): Promise<void> {
    const deadline = performance.now() + busyWithin;
    const isBusy = (): boolean => sent.accepted.size > before.sent + 1 && filed.accepted.size > before.filed;
    while (!isBusy() && performance.now() < deadline) await sleep(50);
  }

  /** Appends one message after the other to INBOX, and marks it. */
  async function fileUntilDead(task: ListenerTask, name: string, round: { readonly over: boolean }): Promise<void> {
    try {
      const imap = await ImapClient.open(task, alice);
      for (let i = 0; !round.over; i += 1) {
        const id = `${name}-${i}`;
        filed.offered.add(id);
        await imap.append(mail({ subject: id }));
        filed.accepted.add(id);
      }
      imap.client.close();
    } catch {
      // The server was killed under it: what got no OK may be lost.
    }
  }

  async function untilHeld(awaited: ReadonlySet<string>): Promise<readonly string[]> {
    const imap = await ImapClient.open(mailbox, alice);
    const deadline = performance.now() + patience;
    for (;;) {
      await imap.ask('SELECT INBOX');
      const listed = (await imap.ask('FETCH 1:* BODY.PEEK[HEADER.FIELDS (SUBJECT)]')).join('\r\n');
      const held = [...listed.matchAll(/^Subject: (.*)\r$/gm)].map(([, subject]) => subject ?? '');
      if (performance.now() > deadline || awaited.isSubsetOf(new Set(held))) {
        await imap.logOut();
        return held;
      }
      await sleep(500);
    }
  }

  async function startAll(): Promise<void> {
    [smtp, mailbox, delivering] = await Promise.all([startTask('smtp', 1), startTask('mailbox', 2), startDelivering()]);
  }

  async function killAll(): Promise<void> {
    const over = delivering === undefined ? undefined : once(delivering, 'exit');
    delivering?.kill('SIGKILL');
    await Promise.all([smtp?.kill(), mailbox?.kill(), over]);
  }

  const startTask = (service: 'smtp' | 'mailbox', at: number): Promise<ListenerTask> =>
    ListenerTask.start({
      image: root,
      command: ['node', 'listeners/fargate.ts'],
      environment: { ...stage.env, [taskEnvironment.service]: service },
      memory: 512,
      url: endpoint ?? '',
      address: `${network}.${at}`,
    });

  async function startDelivering(): Promise<ChildProcess> {
    const env = { ...anybody, ...stage.env, PATH: process.env.PATH, AWS_ENDPOINT_URL: endpoint };
    const child = spawn(process.execPath, [join(import.meta.dirname, 'delivering-process.ts')], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env,
    });
    if (child.stdout !== null) await once(child.stdout, 'data');
    return child;
  }
});
