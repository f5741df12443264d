import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { BodyMissing } from '../../core/mailbox/message-bodies.ts';
import type { Address } from '../../core/values/address.ts';
import type { SpoolId } from '../../core/values/ids.ts';
import { type BundleSizes, bundleFunctions, functionHandler, nodeOptions } from '../../infra/bundle/bundle.ts';
import { openMailWorld } from '../../platform/aws/world.ts';
import { environment, mailEnvironment } from '../../platform/aws/world-names.ts';
import { alice, letter, read, stage as stageBody } from '../contract/worlds.ts';
import { endpoint, noEndpoint } from './slot-tables.ts';
import { makeStage, type WholeStage } from './whole-stage.ts';

const run = promisify(execFile);
const sources = join(import.meta.dirname, '../../functions');
const most = 2 * 1024 * 1024; // octets of a function's code, without its source map

describe('the functions as they are deployed', { skip: noEndpoint }, () => {
  let dir = '';
  let stage: WholeStage;
  let sizes: Readonly<Record<string, BundleSizes>> = {};
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'mailweir-functions-'));
    const names: string[] = [];
    for (const file of await readdir(sources))
      if ((await readFile(join(sources, file), 'utf8')).includes('export const handler')) names.push(file.replace('.ts', ''));
    sizes = bundleFunctions(names, dir);
    stage = await makeStage(endpoint ?? '');
  });
  after(async () => {
    await stage?.remove();
    await rm(dir, { recursive: true, force: true });
  });

  /** One invocation in a process of its own. @returns the last line, which is the answer */
  async function invoke(name: string, event: object, given: Readonly<Record<string, string>>): Promise<unknown> {
    const [file, handler] = functionHandler.split('.');
    const code = `const { ${handler} } = await import(${JSON.stringify(join(dir, name, `${file}.mjs`))});
      try {
        console.log(JSON.stringify(await ${handler}(${JSON.stringify(event)}, { getRemainingTimeInMillis: () => 60_000 })));
        process.exit(0);
      } catch (error) {
        console.error(error.message); // what is not caught is told with its line of source, which is all of a bundle
        process.exit(1);
      }`;
    const { PATH = '', AWS_REGION = '', AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = process.env;
    const own = { PATH, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL: endpoint ?? '', ...given };
    const env = { ...own, NODE_OPTIONS: nodeOptions };
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', code], { env, timeout: 60_000 });
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  }

  it('are each one file under 2 MB', () => {
    assert.ok(Object.keys(sizes).length > 0);
    for (const [name, size] of Object.entries(sizes)) {
      assert.deepEqual(Object.keys(size), ['index.mjs'], name);
      assert.ok((size['index.mjs'] ?? most) < most, `${name} ${size['index.mjs']}`);
    }
  });

  it('open their world by what the environment names, work, and answer', async () => {
    const nothing = { batchItemFailures: [] };
    assert.deepEqual(await invoke('deliver-outbound', { Records: [] }, stage.env), nothing);
    assert.deepEqual(await invoke('collect', { Records: [] }, stage.env), nothing);
    assert.equal(await invoke('dispatch-due', {}, stage.env), 0);
    assert.equal(await invoke('plan-collect', {}, stage.env), 0);
    assert.deepEqual(
      await invoke('deliver-local', { Records: [{ messageId: '1', body: '{"nextHop":{"kind":"local"}}' }] }, stage.env),
      nothing,
    );
    assert.deepEqual(await invoke('apply-settings', {}, stage.env), { version: 0, changed: [], rejected: [] });
    assert.deepEqual(await invoke('tidy', {}, stage.env), { isPurged: true, setAside: 0 });
  });

  it('deliver what is due into a mailbox, and leave neither its row nor its body in the spool', async (t) => {
    const world = openMailWorld({ names: stage.names, log: { event: () => {}, failure: () => {} }, endpoint: endpoint ?? '' });
    t.after(() => world.close());
    await world.accounts.add(alice, 'a hash');
    const body = await stageBody(world, letter('delivered by a bundle'));
    const recipients = [{ address: alice as string as Address, account: alice }];
    const row = { nextHop: { kind: 'local' }, reversePath: 'bob@example.net' as Address, recipients } as const;
    await world.spool.add(world.newId() as SpoolId, body, [{ ...row, declared: { eightBit: false, utf8: false } }], world.clock.now());
    const wakeUp = { messageId: '1', body: JSON.stringify({ nextHop: { kind: 'local' } }) };
    assert.deepEqual(await invoke('deliver-local', { Records: [wakeUp] }, stage.env), { batchItemFailures: [] });
    const inbox = await world.mailboxes.find(alice, 'INBOX');
    assert.ok(inbox !== undefined);
    assert.equal((await world.mailboxes.status(inbox.id)).messages, 1);
    assert.deepEqual(await world.spool.list({ limit: 10 }), []);
    await assert.rejects(read(world, body.id), BodyMissing);
  });

  it('say by name what is missing in the environment', async () => {
    const { [environment.spool]: _, ...others } = stage.env;
    for (const name of ['dispatch-due', 'apply-settings'])
      await assert.rejects(invoke(name, {}, others), /missing in the environment: MAILWEIR_SPOOL_TABLE/);
    const { [mailEnvironment.mail]: _mail, ...withoutMail } = stage.env;
    for (const name of ['deliver-local', 'tidy'])
      await assert.rejects(invoke(name, {}, withoutMail), /missing in the environment: MAILWEIR_MAIL_TABLE/);
  });
});
