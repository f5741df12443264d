import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import type { SessionFacts } from '../../core/observe/process-facts.ts';
import { parseAddress } from '../../core/values/address.ts';
import type { SessionId, SpoolId } from '../../core/values/ids.ts';
import type { AwsWorld } from '../../platform/aws/world.ts';
import { type Ran, runCli } from '../cli/run-cli.ts';
import { answersWith } from '../net/answers.ts';
import { makeOperatedStage, type OperatedStage } from './operated-stage.ts';
import { endpoint, noEndpoint } from './slot-tables.ts';

/** As the stage under test calls its first process. */
const task = 'task-0';
const session = (id: string, more: Partial<SessionFacts> = {}): SessionFacts => ({
  id,
  protocol: 'imap',
  address: '192.0.2.7',
  account: 'alice@example.org',
  since: Date.now() - 65_000,
  doing: 'IDLE INBOX',
  process: task,
  ...more,
});

const address = (text: string) => parseAddress(text) ?? assert.fail(text);

/** @returns its id */
async function spoolRow({ bodies, spool, newId, clock }: AwsWorld): Promise<string> {
  const text = 'From: alice@example.org\r\nMessage-ID: <1@example.org>\r\n\r\nHello\r\n';
  const row = {
    nextHop: { kind: 'domain', domain: 'example.net' },
    reversePath: address('alice@example.org'),
    recipients: [{ address: address('bob@example.net') }],
    declared: { eightBit: false, utf8: false },
  } as const;
  const [added] = await spool.add(newId() as SpoolId, await bodies.stage(Readable.from([Buffer.from(text)])), [row], clock.now());
  return added?.id ?? assert.fail('no row');
}

describe('mailweir --stage', { skip: noEndpoint }, () => {
  let place: OperatedStage;
  const kicked: SessionId[] = [];

  before(async () => {
    place = await makeOperatedStage(endpoint ?? '');
    (await place.open()).answer(
      answersWith({
        process: () => [{ process: task, holder: 'H1', mayAct: true, sessions: { imap: 1 }, commands: {} }],
        sessions: () => [session('01JD0000000000000000000001'), session('01JD0000000000000000000002', { protocol: 'pop3' })],
        slots: () => [{ key: 'imap/sessions', held: 1, process: task }],
        kick: ({ session }) => [{ done: kicked.push(session) > 0, process: task }],
      }),
    );
  });
  after(async () => await place?.remove());

  const mailweir = (args: readonly string[], stdin = ''): Promise<Ran> =>
    runCli(['--stage', place.names.stage, ...args], stdin, place.operator);
  const done = async (args: readonly string[], stdin = ''): Promise<string> => {
    const ran = await mailweir(args, stdin);
    assert.equal(ran.code, 0, `${args.join(' ')}: ${ran.err}`);
    return ran.out;
  };
  const listed = async (args: readonly string[]): Promise<readonly Record<string, unknown>[]> =>
    JSON.parse(await done([...args, '--json']));

  it('adds accounts and aliases, lists and removes them', async () => {
    assert.equal(await done(['account', 'add', 'alice@example.org'], 'a password\n'), 'added alice@example.org\n');
    assert.match((await mailweir(['account', 'add', 'alice@example.org'], 'a password\n')).err, /exists already/);
    await done(['account', 'add', 'bob@example.org'], 'another password\n');
    await done(['account', 'password', 'bob@example.org'], 'a third password\n');
    await done(['alias', 'add', 'team@example.org', 'alice@example.org', 'bob@example.org']);
    assert.deepEqual(
      (await listed(['account', 'list'])).map(({ account }) => account),
      ['alice@example.org', 'bob@example.org'],
    );
    assert.equal((await listed(['alias', 'list'])).length, 1);
    await done(['alias', 'remove', 'team@example.org']);
    await done(['account', 'remove', 'bob@example.org', '--yes']);
    assert.equal((await listed(['account', 'list'])).length, 1);
  });

  it('sets quotas and shows them, shares mailboxes and makes public ones', async () => {
    await done(['quota', 'set', 'alice@example.org', '--octets', '5GB']);
    const quota = JSON.parse(await done(['quota', 'show', 'alice@example.org', '--json']));
    assert.deepEqual([quota.usage, quota.limit.octets], [{ octets: 0, messages: 0 }, 5 * 1024 ** 3]);
    await done(['rights', 'set', 'alice@example.org', 'INBOX', 'karen@example.org', 'lr']);
    assert.ok(
      (await listed(['rights', 'list', 'alice@example.org'])).some(({ who, rights }) => who === 'karen@example.org' && rights === 'lr'),
    );
    await done(['public', 'add', 'News']);
    assert.deepEqual(await listed(['public', 'list']), [{ mailbox: 'News', messages: 0, anyone: 'lr' }]);
    await done(['public', 'remove', 'News', '--yes']);
    assert.match(await done(['public', 'list']), /no public mailboxes/);
  });

  it('shows sessions of the tasks, and ends one', async () => {
    const sessions = await listed(['sessions', '--protocol', 'imap']);
    assert.deepEqual(
      sessions.map(({ id, process }) => [id, process]),
      [['01JD0000000000000000000001', task]],
    );
    assert.match(await done(['sessions']), /alice@example\.org/);
    assert.match(await done(['sessions', '--kick', '01JD0000000000000000000002']), /is told to go: pop3 of alice@example\.org/);
    assert.deepEqual(kicked, ['01JD0000000000000000000002']);
  });

  it('prints what to publish for a domain: the ports of the balancer, the keys of the stage, SES', async () => {
    await done(['dkim', 'add', 'example.org', '--selector', 'm1', '--type', 'ed25519']);
    const records: readonly { readonly zone: string }[] = JSON.parse(await done(['dns', 'example.org', '--json'])).records;
    const zone = records.map((record) => record.zone).join('\n');
    assert.match(zone, /^_imaps\._tcp\.example\.org\. 3600 IN SRV 0 1 993 mail\.example\.org\.$/m);
    assert.match(zone, /^example\.org\. 3600 IN TXT "v=spf1 include:amazonses\.com ~all"$/m);
    assert.match(zone, /^m1\._domainkey\.example\.org\. 3600 IN TXT "v=DKIM1; k=ed25519; /m);
    await done(['dkim', 'remove', 'example.org', '--yes']);
  });

  it('shows slots and queue, and explains an account', async () => {
    assert.match(await done(['slots']), /no slots in use/);
    assert.match(await done(['queue', 'list']), /the queue is empty/);
    assert.match(await done(['queue', 'summary']), /the queue is empty/);
    assert.match(await done(['explain', 'alice@example.org']), /alice@example\.org is not refused now/);
    assert.match(await done(['explain']), /Limits/);
  });

  it('shows a message that waits, keeps it, lets it go and gives it up', async () => {
    const row = await spoolRow(await place.open());
    assert.deepEqual(
      (await listed(['queue', 'list'])).map(({ id, nextHop, state }) => [id, nextHop, state]),
      [[row, 'example.net', 'due']],
    );
    assert.match(await done(['queue', 'show', row]), /^It is due: the next free outbound session takes it\.\n(?!No process runs)/);
    await done(['queue', 'hold', row, '--reason', 'asked by the sender']);
    assert.match(await done(['queue', 'show', row]), /^It is held: asked by the sender/);
    assert.equal(await done(['queue', 'retry', row]), `${row} will be tried at once\n`);
    assert.equal(await done(['queue', 'bounce', row, '--yes', '--reason', 'the host is gone for good']), `${row} is given up\n`);
    const [report] = await listed(['queue', 'list']);
    assert.deepEqual([report?.from, report?.to], ['', ['alice@example.org']]);
    await done(['queue', 'delete', String(report?.id), '--yes']);
  });

  it('holds hosts, and forgets them', async () => {
    await done(['failures', 'hold', '192.0.2.1', '--reason', 'told by its operator']);
    assert.match(await done(['failures', 'list']), /192\.0\.2\.1/);
    await done(['failures', 'clear', '192.0.2.1']);
  });

  it('sets routes and asks which way a message would go', async () => {
    await done(['route', 'add', 'to', 'example.net', 'ses']);
    assert.match(await done(['route', 'list']), /example\.net/);
    assert.match(await done(['route', 'test', 'alice@example.org', 'bob@example.net']), /ses/);
  });

  it('keeps keys for DKIM and sources to collect from', async () => {
    await done(['dkim', 'add', 'example.org', '--selector', 'one', '--type', 'ed25519']);
    assert.equal((await listed(['dkim', 'list'])).length, 1);
    await done(['dkim', 'remove', 'example.org', '--yes']);
    const source = ['--host', 'pop.example.net', '--user', 'alice', '--password', 'secret:old-box', '--account', 'alice@example.org'];
    const added = await mailweir(['collect', 'add', 'old-box', ...source]);
    assert.match(added.err, /the secret old-box is missing: put the password there: aws secretsmanager create-secret --name mailweir\//);
    assert.match(await done(['collect', 'run', 'old-box']), /old-box is due now/);
    assert.equal((await listed(['collect', 'list'])).length, 1);
    await done(['collect', 'remove', 'old-box', '--yes']);
  });

  it('says what to do when there is no such stage, no right to it, or what is asked for is this machine alone', async () => {
    const unknown = await runCli(['sessions', '--stage', 'nobody'], '', place.operator);
    assert.match(unknown.err, /the stage nobody, or a part of it, is not in/);
    const noStage = await runCli(['account', 'list', '--stage', 'nobody'], '', place.operator);
    assert.match(noStage.err, /there is no stage nobody in .*\n {2}aws ssm get-parameters-by-path/);
    assert.match((await mailweir(['serve'])).err, /a stage is served by its tasks on AWS/);
    assert.match((await mailweir(['account', 'list', '--data', 'x'])).err, /on --data or on --stage, not on both/);
    assert.match((await runCli(['account', 'list', '--stage', 'No Stage'])).err, /no name of a stage/);
    const usual = await runCli(['account', 'list'], '', { ...place.operator, MAILWEIR_STAGE: place.names.stage });
    assert.match(usual.out, /alice@example\.org/);
  });
});
