import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Emulator, emulatorPython, startEmulator } from './emulator.ts';

/**
 * `npm run test:aws`: the tests of platform/aws against something that speaks AWS's protocols. Whoever has set AWS_ENDPOINT_URL_DYNAMODB gets
 * them run against that; otherwise an emulator is started on loopback for them, and ended whatever happens.
 */
const tests = [
  'test/contract/slot-store.test.ts',
  'test/contract/spool.test.ts',
  'test/contract/failure-cache.test.ts',
  'test/contract/policy-cache.test.ts',
  'test/contract/collect-sources.test.ts',
  'test/contract/settings-source.test.ts',
  'test/contract/account-directory.test.ts',
  'test/contract/mailbox-names.test.ts',
  'test/contract/mailbox-rights.test.ts',
  'test/contract/flags-within-rights.test.ts',
  'test/contract/small-ports.test.ts',
  'test/contract/names-watched.test.ts',
  'test/contract/annotations.test.ts',
  'test/contract/mailboxes.test.ts',
  'test/contract/messages.test.ts',
  'test/contract/changed-messages.test.ts',
  'test/contract/replaced-messages.test.ts',
  'test/contract/text-index.test.ts',
  'test/contract/spool-and-mailboxes.test.ts',
  'test/contract/concurrency.test.ts',
  'test/slots/concurrency.test.ts',
  'test/aws/**/*.test.ts',
];

async function main(): Promise<number> {
  if (process.env.AWS_ENDPOINT_URL_DYNAMODB !== undefined) return await runTests({});
  const python = await emulatorPython();
  if (python === undefined) {
    console.log('No python3 with venv and pip here: the tests that need an AWS endpoint are skipped by name.');
    return await runTests({});
  }
  let emulator: Emulator | undefined;
  try {
    emulator = await startEmulator(python);
    const url = emulator.url;
    return await runTests({ AWS_ENDPOINT_URL: url, AWS_ENDPOINT_URL_DYNAMODB: url, AWS_ENDPOINT_URL_SESV2: url });
  } finally {
    await emulator?.stop();
  }
}

/** @returns their exit code */
async function runTests(endpoints: Readonly<Record<string, string>>): Promise<number> {
  const anybody = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
  const env = { ...anybody, ...process.env, ...endpoints };
  const child = spawn(process.execPath, ['--test', ...tests], { stdio: 'inherit', env });
  process.once('exit', () => child.kill());
  const [code] = await once(child, 'exit');
  return code ?? 1;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1)); // what was started ends with this
process.exitCode = await main();
