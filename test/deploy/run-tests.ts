import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * `npm run test:deploy`: the whole app deployed to an emulator on this machine, and mail through it. Without a Python that can have the emulator it
 * says so and passes.
 */
const longest = 600_000; // ms; it takes two minutes on two CPUs of its own
const child = spawn(process.execPath, ['--test', '--test-timeout', String(longest), 'test/deploy/**/*.deploy.ts'], { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1)); // what was started ends with this
process.once('exit', () => child.kill());
const [code] = await once(child, 'exit');
process.exitCode = code ?? 1;
