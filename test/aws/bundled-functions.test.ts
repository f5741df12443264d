import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { environment } from '../../platform/aws/world-names.ts';
import { makeAddressTable } from './address-table.ts';
import { makeCollectTable } from './collect-table.ts';
import { endpoint, makeSlotTable, noEndpoint } from './slot-tables.ts';
import { makeFailureTable, makeSpoolPlace } from './spool-table.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const functions = ['deliver-outbound', 'dispatch-due', 'plan-collect', 'collect'] as const;
const most = 2 * 1024 * 1024; // octets of a function's code, without its source map
/** Packages of CommonJS ask for `require`, which ESM does not have. */
const banner = { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" };

describe('the functions as they are deployed', { skip: noEndpoint }, () => {
  let dir = '';
  const env: Record<string, string> = {};
  const ends: (() => Promise<void>)[] = [];
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'mailweir-functions-'));
    const entryPoints = functions.map((name) => join(root, 'functions', `${name}.ts`));
    const out = { outdir: dir, outExtension: { '.js': '.mjs' }, sourcemap: true, minify: true } as const;
    await build({ entryPoints, bundle: true, platform: 'node', target: 'node24', format: 'esm', banner, logLevel: 'error', ...out });
    const at = endpoint ?? '';
    const [spool, failures, addresses, slots, collect] = await Promise.all([
      makeSpoolPlace(at),
      makeFailureTable(at),
      makeAddressTable(at),
      makeSlotTable(),
      makeCollectTable(at, []),
    ]);
    ends.push(...[spool, failures, addresses, slots, collect].map((made) => () => made.remove()));
    const told: Record<keyof typeof environment, string> = {
      stage: 'test',
      hostname: 'mail.example.org',
      slots: slots.name,
      spool: spool.table,
      bucket: spool.bucket,
      failures: failures.table,
      addresses: addresses.table,
      collect: collect.table,
      outbound: `${at}/000000000000/outbound`,
      local: `${at}/000000000000/local`,
      collecting: `${at}/000000000000/collect`,
    };
    for (const [key, name] of Object.entries(environment)) env[name] = told[key as keyof typeof environment];
  });
  after(async () => {
    await Promise.all(ends.map((end) => end()));
    await rm(dir, { recursive: true, force: true });
  });

  /** One invocation in a process of its own. @returns the last line, which is the answer */
  async function invoke(name: string, event: object, given: Record<string, string>): Promise<unknown> {
    const code = `const { handler } = await import(${JSON.stringify(join(dir, `${name}.mjs`))});
      const answer = await handler(${JSON.stringify(event)}, { getRemainingTimeInMillis: () => 60_000 });
      console.log(JSON.stringify(answer)); process.exit(0);`;
    const { PATH = '', AWS_REGION = '', AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = process.env;
    const own = { PATH, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL: endpoint ?? '', ...given };
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', code], { env: own, timeout: 60_000 });
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  }

  it('are each under 2 MB', async () => {
    for (const name of functions) assert.ok((await stat(join(dir, `${name}.mjs`))).size < most, name);
  });

  it('open their world by what the environment names, work, and answer', async () => {
    const nothing = { batchItemFailures: [] };
    assert.deepEqual(await invoke('deliver-outbound', { Records: [] }, env), nothing);
    assert.deepEqual(await invoke('collect', { Records: [] }, env), nothing);
    assert.equal(await invoke('dispatch-due', {}, env), 0);
    assert.equal(await invoke('plan-collect', {}, env), 0);
  });

  it('say by name what is missing in the environment', async () => {
    const { [environment.spool]: _, ...others } = env;
    await assert.rejects(invoke('dispatch-due', {}, others), /missing in the environment: MAILWEIR_SPOOL_TABLE/);
  });
});
